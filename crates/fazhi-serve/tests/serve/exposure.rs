use std::net::{Ipv4Addr, SocketAddr};

use fazhi_serve::{Exposure, ServeError, Server};

use crate::harness::{config, users, warehouse};

#[tokio::test]
async fn an_address_beyond_this_machine_needs_users_and_encryption() {
    let folder = warehouse().await;
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let mut exposed = config(&folder);
    exposed.http = Some(everywhere);
    assert!(matches!(exposed.check_exposure(), Err(ServeError::Exposed { lacks: "asks for no password", .. })));
    exposed.users = users();
    assert!(matches!(exposed.check_exposure(), Err(ServeError::Exposed { lacks: "is not encrypted", .. })));
    exposed.exposure = Exposure::Insecure;
    exposed.check_exposure().unwrap();
}

#[tokio::test]
async fn a_port_in_use_and_a_folder_without_tables_are_told() {
    let folder = warehouse().await;
    let first = Server::start(config(&folder)).await.unwrap();
    let mut second = config(&folder);
    second.postgres = first.postgres;
    let error = Server::start(second).await.unwrap_err();
    assert!(matches!(error, ServeError::Bind { address, .. } if Some(address) == first.postgres), "{error}");

    let empty = tempfile::tempdir().unwrap();
    let error = Server::start(config(&empty)).await.unwrap_err();
    assert!(error.to_string().starts_with("there is no warehouse in `"), "{error}");
    first.stop().await;
}
