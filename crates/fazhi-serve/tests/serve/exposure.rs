use std::net::{Ipv4Addr, SocketAddr};

use fazhi_serve::{Config, Exposure, ServeError, Server};

use crate::harness::{config, users, warehouse};

/// A front end's address in a configuration.
type Place = fn(&mut Config) -> &mut Option<SocketAddr>;

#[tokio::test]
async fn an_address_beyond_this_machine_needs_users_and_encryption() {
    let folder = warehouse().await;
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let places: [Place; 3] = [|config| &mut config.postgres, |config| &mut config.flight, |config| &mut config.http];
    for place in places {
        let exposed = || {
            let mut exposed = config(&folder);
            *place(&mut exposed) = Some(everywhere);
            exposed
        };
        let error = Server::start(exposed()).await.unwrap_err();
        assert!(matches!(error, ServeError::Exposed { lacks: "asks for no password", .. }), "{error}");
        let error = Server::start(Config { users: users(), ..exposed() }).await.unwrap_err();
        assert!(matches!(error, ServeError::Exposed { lacks: "is not encrypted", .. }), "{error}");
        Config { exposure: Exposure::Insecure, ..exposed() }.check_exposure().unwrap();
    }
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
