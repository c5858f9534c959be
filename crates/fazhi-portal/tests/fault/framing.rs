use super::*;

#[tokio::test]
async fn heads() {
    let server = server().await;
    assert!(!get(&server, Fault::Garbage).await.bytes.starts_with(b"HTTP"));
    let lines = [
        (Fault::LowercaseStatusLine, "http/1.1 200 ok"),
        (Fault::StatusWithoutReason, "HTTP/1.1 200 "),
        (Fault::Http10, "HTTP/1.0 200 OK"),
    ];
    for (fault, line) in lines {
        let answer = get(&server, fault).await;
        assert_eq!(answer.line(), line, "{fault:?}");
        assert!(answer.text().ends_with("</html>\n"), "{fault:?}");
    }
    let old = get(&server, Fault::Http10).await;
    assert_eq!((old.header("Content-Length"), old.end), (None, Ended::Closed));
    let huge = get(&server, Fault::HeaderHuge).await;
    assert_eq!(huge.header("X-Long").map(|value| value.len()), Some(1 << 20));
    let endless = get(&server, Fault::HeadersEndless).await;
    assert_eq!((endless.end, endless.head().len()), (Ended::Capped, endless.bytes.len()));
    assert!(get(&server, Fault::HeadersMany).await.head().lines().count() > 5_000);
    let binary = get(&server, Fault::HeaderBinary).await;
    assert!(std::str::from_utf8(&binary.bytes[..binary.head_end()]).is_err());
    let cookies = get(&server, Fault::CookieFlood).await;
    assert_eq!(cookies.head().lines().filter(|line| line.starts_with("Set-Cookie: ")).count(), 80);
    assert!(cookies.head().len() > 80 * 300);
}

#[tokio::test]
async fn bodies_and_their_lengths() {
    let server = server().await;
    let answer = get(&server, Fault::LengthTooLarge).await;
    assert_eq!((answer.end, answer.length()), (Ended::Closed, answer.body().len() + 5_000));
    let answer = get(&server, Fault::LengthTooSmall).await;
    assert!(answer.length() < answer.body().len() && std::str::from_utf8(&answer.body()[..answer.length()]).is_ok());
    assert_eq!(get(&server, Fault::LengthHuge).await.length(), usize::try_from(i64::MAX).unwrap());
    assert_eq!(get(&server, Fault::LengthNegative).await.header("Content-Length").as_deref(), Some("-5"));
    let twice = get(&server, Fault::LengthTwice).await.head();
    assert_eq!(twice.lines().filter(|line| line.starts_with("Content-Length: ")).collect::<HashSet<_>>().len(), 2);
    let answer = get(&server, Fault::ResetMidBody).await;
    assert_eq!(answer.end, Ended::Reset);
    assert!(answer.body().len() < answer.length() && !answer.body().is_empty());
    let answer = get(&server, Fault::CloseAtOnce).await;
    assert_eq!((answer.end, answer.bytes.len()), (Ended::Closed, 0));
    let answer = get(&server, Fault::ChunkedCut).await;
    assert_eq!((answer.end, answer.header("Transfer-Encoding").as_deref()), (Ended::Closed, Some("chunked")));
    assert!(!answer.text().contains("\r\n0\r\n"));
    assert!(get(&server, Fault::ChunkedGarbled).await.text().contains("\r\nmany\r\n"));
    let endless = get(&server, Fault::BodyEndless).await;
    assert_eq!((endless.end, endless.header("Content-Length")), (Ended::Capped, None));
}

#[tokio::test]
async fn what_comes_slowly_or_never() {
    let server = server().await;
    let silence = get(&server, Fault::Silence).await;
    assert_eq!((silence.end, silence.bytes.len()), (Ended::Quiet, 0));
    // The first bytes, one by one, are enough: a pause between them is a lower bound.
    for fault in [Fault::HeadDrip, Fault::BodyDrip, Fault::InterimEndless] {
        let mut socket = ask(&server, &fault.path(), "").await;
        let began = std::time::Instant::now();
        let (mut pieces, mut bytes) = (0, Vec::new());
        while pieces < 6 {
            assert_ne!(socket.read_buf(&mut bytes).await.unwrap(), 0);
            pieces += 1;
        }
        assert!(began.elapsed() > Duration::from_millis(40), "{fault:?}");
        let start = String::from_utf8(bytes).unwrap();
        match fault {
            Fault::HeadDrip => assert!("HTTP/1.1 200 OK".starts_with(&start), "{start}"),
            Fault::BodyDrip => assert!(start.contains("\r\n\r\n<!"), "{start}"),
            _ => assert!(start.starts_with("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 103"), "{start}"),
        }
    }
}
