.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench load-test soak test-clients

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the whole flow on the built-in sample portal
	cargo run --release -- demo

test: ## run all tests
	cargo test --workspace

lint: ## format, clippy and licences as CI checks them
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo deny check bans licenses sources

format: ## format the sources
	cargo fmt --all

bench: ## pages/s of crawl (beside Scrapy where Python has it), documents/s of parse, rows/s of load, queries/s of each protocol
	cargo bench -p fazhi-parse --bench parse
	cargo bench -p fazhi-parse --bench facts
	cargo bench -p fazhi-crawl --bench crawl
	cargo bench -p fazhi --bench flow
	cargo bench -p fazhi --bench serve

load-test: ## 200 connections with mixed queries beside crawls and loads, half of them killed on the way; five minutes
	cargo bench -p fazhi --bench serve -- load

soak: ## the long variants of the crash tests
	FAZHI_SOAK=1 cargo test --workspace --test e2e -- --test-threads=1 crash

test-clients: ## psql, psycopg, SQLAlchemy, ADBC, JDBC, pandas, polars against `fazhi serve`; deltalake over the tables
	python3 tests/clients/run.py
	cargo test --workspace --test e2e clients::python_deltalake
