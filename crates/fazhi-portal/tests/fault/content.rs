use super::*;

#[tokio::test]
async fn the_bomb_is_a_gigabyte_in_about_a_megabyte() {
    let server = server().await;
    let bomb = get(&server, Fault::GzipBomb).await;
    assert_eq!((bomb.header("Content-Encoding").as_deref(), bomb.end), (Some("gzip"), Ended::Closed));
    assert!((900_000..1_500_000).contains(&bomb.body().len()), "{}", bomb.body().len());
    let (zeros, size) = inflated(bomb.body());
    assert_eq!((zeros, size), (true, 1 << 30));
    let nested = get(&server, Fault::GzipBombNested).await;
    assert_eq!(nested.header("Content-Encoding").as_deref(), Some("gzip, gzip"));
    assert!(nested.body().len() < 50_000, "{}", nested.body().len());
    assert_eq!(inflated(nested.body()).1, bomb.body().len());
}

/// Whether all bytes are zero, and how many there are.
fn inflated(gzip: &[u8]) -> (bool, usize) {
    use std::io::Read as _;
    let mut decoder = flate2::read::GzDecoder::new(gzip);
    let (mut zeros, mut size, mut piece) = (true, 0, vec![0; 1 << 20]);
    let nothing = piece.clone();
    loop {
        let read = decoder.read(&mut piece).unwrap();
        if read == 0 {
            return (zeros, size);
        }
        zeros &= piece[..read] == nothing[..read];
        size += read;
    }
}

#[tokio::test]
async fn codings_charsets_and_types() {
    use std::io::Read as _;
    let server = server().await;
    for fault in [Fault::GzipBroken, Fault::GzipCut, Fault::GzipPlain] {
        let answer = get(&server, fault).await;
        assert_eq!(
            (answer.header("Content-Encoding").as_deref(), answer.length()),
            (Some("gzip"), answer.body().len())
        );
        let read = flate2::read::GzDecoder::new(answer.body()).read_to_end(&mut Vec::new());
        assert!(read.is_err(), "{fault:?}");
    }
    assert_eq!(get(&server, Fault::CodingUnknown).await.header("Content-Encoding").as_deref(), Some("x-own"));
    let html = Some("text/html; charset=utf-8");
    for (fault, content_type, utf8) in [
        (Fault::CharsetWrong, html, false),
        (Fault::CharsetMissing, Some("text/html"), false),
        (Fault::CharsetUnknown, Some("text/html; charset=x-own"), true),
        (Fault::TypeOctets, Some("application/octet-stream"), true),
        (Fault::TypeMissing, None, true),
        (Fault::TypeVideo, Some("video/mp4"), false),
        (Fault::EmptyBody, html, true),
    ] {
        let answer = get(&server, fault).await;
        assert_eq!(answer.header("Content-Type").as_deref(), content_type, "{fault:?}");
        assert_eq!(std::str::from_utf8(answer.body()).is_ok(), utf8, "{fault:?}");
        assert_eq!(answer.body().is_empty(), fault == Fault::EmptyBody, "{fault:?}");
    }
    let missing = get(&server, Fault::CharsetMissing).await;
    assert!(!String::from_utf8_lossy(missing.body()).contains("charset"));
    assert!(get(&server, Fault::PageTooLarge).await.length() > 11 << 20);
}

#[tokio::test]
async fn the_second_day() {
    let server = server().await;
    let status = async |fault: Fault| get(&server, fault).await.line()[9..12].to_owned();
    let faults = [
        Fault::Changed,
        Fault::NoValidators,
        Fault::Vanishes,
        Fault::VanishesGone,
        Fault::BecomesChallenge,
        Fault::BecomesSoftNotFound,
        Fault::Moves,
        Fault::Recovers,
        Fault::LeavesList,
        Fault::JoinsList,
    ];
    let mut first = Vec::new();
    for fault in faults {
        first.push(status(fault).await);
    }
    assert_eq!(first.join(" "), "200 200 200 200 200 200 200 500 200 200");
    let before = get(&server, Fault::Changed).await;
    server.advance();
    let mut second = Vec::new();
    for fault in faults {
        second.push(status(fault).await);
    }
    assert_eq!(second.join(" "), "200 200 404 410 412 200 301 200 200 200");
    let condition = format!("If-None-Match: {}\r\n", before.header("ETag").unwrap());
    let after = get_with(&server, &Fault::Changed.path(), &condition).await;
    assert!(after.line().contains("200") && after.body() != before.body());
    assert_eq!(follow(&server, &Fault::Moves.path()).await, (1, "HTTP/1.1 200 OK".to_owned()));
    assert!(get(&server, Fault::BecomesSoftNotFound).await.text().contains("页面不存在"));
    assert_eq!(get(&server, Fault::NoValidators).await.header("ETag"), None);
}
