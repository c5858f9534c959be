//! Transactions: what tools begin and end around queries. Nothing is held meanwhile; every query sees the newest snapshot.

use datafusion_postgres::pgwire::error::ErrorInfo;
use datafusion_postgres::pgwire::messages::PgWireBackendMessage as Answer;
use datafusion_postgres::pgwire::messages::response::TransactionStatus;
use futures::SinkExt as _;

use crate::postgres::answer::Stop;
use crate::postgres::command::{Command, Savepoint};
use crate::postgres::session::Session;
use crate::postgres::settings::Ending;

impl Session {
    /// In a transaction that failed nothing is done but leaving it.
    pub(super) fn check_transaction(&self, command: &Command) -> Result<(), Stop> {
        if self.transaction != TransactionStatus::Error || command.ends_failed_transaction() {
            return Ok(());
        }
        Err(Stop::error("25P02", "current transaction is aborted, commands ignored until end of transaction block"))
    }

    pub(super) async fn begin(&mut self) -> Result<&'static str, Stop> {
        if self.transaction == TransactionStatus::Transaction {
            let mut notice = ErrorInfo::new(
                "WARNING".to_owned(),
                "25001".to_owned(),
                "there is already a transaction in progress".to_owned(),
            );
            notice.routine = Some("BeginTransactionBlock".to_owned());
            self.wire.feed(Answer::NoticeResponse(notice.into())).await?;
        }
        if self.transaction == TransactionStatus::Idle {
            self.settings.transaction_begins();
        }
        self.transaction = TransactionStatus::Transaction;
        Ok("BEGIN")
    }

    /// A transaction that failed is rolled back by its commit.
    pub(super) async fn commit(&mut self) -> Result<&'static str, Stop> {
        if self.transaction == TransactionStatus::Error {
            return self.rollback().await;
        }
        self.transaction = TransactionStatus::Idle;
        self.portals.committed();
        self.ended(Ending::Commit).await?;
        Ok("COMMIT")
    }

    pub(super) async fn rollback(&mut self) -> Result<&'static str, Stop> {
        self.transaction = TransactionStatus::Idle;
        self.portals.rolled_back();
        self.ended(Ending::Rollback).await?;
        Ok("ROLLBACK")
    }

    async fn ended(&mut self, ending: Ending) -> Result<(), Stop> {
        for change in self.settings.transaction_ends(ending) {
            self.report(change).await?;
        }
        Ok(())
    }

    pub(super) fn savepoint(&mut self, said: Savepoint) -> Result<&'static str, Stop> {
        if self.transaction == TransactionStatus::Idle {
            return Err(Stop::error("25P01", "savepoints can only be used in transaction blocks"));
        }
        Ok(match said {
            Savepoint::Set => "SAVEPOINT",
            Savepoint::Release => "RELEASE",
            Savepoint::RollbackTo => {
                self.transaction = TransactionStatus::Transaction;
                "ROLLBACK"
            }
        })
    }
}
