use super::*;

#[tokio::test]
async fn statuses() {
    let server = server().await;
    for (fault, status) in [
        (Fault::NotFound, 404),
        (Fault::Gone, 410),
        (Fault::Forbidden, 403),
        (Fault::ServerError, 500),
        (Fault::BadGateway, 502),
        (Fault::Unavailable, 503),
        (Fault::UnavailableSeconds, 503),
        (Fault::UnavailableDate, 503),
        (Fault::TooMany, 429),
        (Fault::TooManySeconds, 429),
        (Fault::TooManyGarbled, 429),
        (Fault::TooManyDay, 429),
        (Fault::UnaskedNotModified, 304),
        (Fault::OddStatus, 999),
        (Fault::OkWithLocation, 200),
        (Fault::River412, 412),
        (Fault::River202, 202),
        (Fault::Jiasule521, 521),
        (Fault::Wzws200, 200),
        (Fault::Wzws491, 491),
        (Fault::Yunsuo200, 200),
        (Fault::Firewall418, 418),
        (Fault::Firewall200, 200),
        (Fault::Firewall403, 403),
        (Fault::Captcha, 200),
        (Fault::SoftNotFound, 200),
        (Fault::SoftNotFoundScript, 200),
    ] {
        let line = get(&server, fault).await.line();
        assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{fault:?}: {line}");
    }
    for _ in 0..2 {
        assert!(get(&server, Fault::ServerErrorTwice).await.line().contains(" 500 "));
    }
    assert!(get(&server, Fault::ServerErrorTwice).await.line().contains(" 200 "));
    assert!(get(&server, Fault::OkWithLocation).await.header("Location").is_some());
}

#[tokio::test]
async fn times_to_come_back() {
    let server = server().await;
    for (fault, expected) in [
        (Fault::Unavailable, None),
        (Fault::UnavailableSeconds, Some("1")),
        (Fault::TooMany, None),
        (Fault::TooManySeconds, Some("1")),
        (Fault::TooManyGarbled, Some("soon")),
        (Fault::TooManyDay, Some("86400")),
    ] {
        assert_eq!(get(&server, fault).await.header("Retry-After").as_deref(), expected, "{fault:?}");
    }
    let asked = chrono::Utc::now();
    let date = get(&server, Fault::UnavailableDate).await.header("Retry-After").unwrap();
    let ahead = chrono::DateTime::parse_from_rfc2822(&date).unwrap().to_utc() - asked;
    assert!((1_000..60_000).contains(&ahead.num_milliseconds()), "{date}");
}

#[tokio::test]
async fn pages_in_the_place_of_pages() {
    let server = server().await;
    for (fault, sign) in [
        (Fault::River412, "$_ts"),
        (Fault::River202, "$_ts"),
        (Fault::Jiasule521, "document.cookie"),
        (Fault::Wzws200, "wzwschallenge"),
        (Fault::Yunsuo200, "YunSuoAutoJump"),
        (Fault::Firewall418, "您的请求疑似攻击行为"),
        (Fault::Firewall200, "您当前的访问行为存在异常"),
        (Fault::Firewall403, "安全狗"),
        (Fault::Captcha, "请输入验证码"),
        (Fault::SoftNotFound, "页面不存在"),
        (Fault::SoftNotFoundScript, "/404.htm"),
    ] {
        let text = get(&server, fault).await.text();
        assert!(text.contains(sign) && !text.contains("依法行政"), "{fault:?}: {text}");
    }
    assert!(get_with(&server, "/404.htm", "").await.text().contains("页面不存在"));
    assert!(get(&server, Fault::Wzws491).await.header("wzws-ray").is_some());
}

#[tokio::test]
async fn redirects() {
    let server = server().await;
    let path = Fault::RedirectItself.path();
    for (fault, target) in [
        (Fault::SoftNotFoundRedirect, Some("/404.htm")),
        (Fault::RedirectHome, Some("/")),
        (Fault::RedirectItself, Some(path.as_str())),
        (Fault::RedirectPrivate, Some("http://10.0.0.1/")),
        (Fault::RedirectMetadata, Some("http://169.254.169.254/latest/meta-data/")),
        (Fault::RedirectMapped, Some("http://[::ffff:127.0.0.1]:1/")),
        (Fault::RedirectDecimal, Some("http://2130706433/")),
        (Fault::RedirectHex, Some("http://0x7f000001/")),
        (Fault::RedirectLocalhost, Some("http://localhost:1/")),
        (Fault::RedirectElsewhere, Some("http://elsewhere.example/")),
        (Fault::RedirectFile, Some("file:///etc/hostname")),
        (Fault::RedirectDisallowed, Some("/private/content_90003.html")),
        (Fault::RedirectGarbled, Some("http://[half/%zz")),
        (Fault::RedirectNowhere, None),
    ] {
        let answer = get(&server, fault).await;
        assert!(answer.line().starts_with("HTTP/1.1 302 "), "{fault:?}: {}", answer.line());
        assert_eq!(answer.header("Location").as_deref(), target, "{fault:?}");
    }
}

#[tokio::test]
async fn chains_of_redirects() {
    let server = server().await;
    let ok = "HTTP/1.1 200 OK".to_owned();
    assert_eq!(follow(&server, &Fault::RedirectFive.path()).await, (5, ok.clone()));
    assert_eq!(follow(&server, &Fault::RedirectEight.path()).await, (8, ok));
    assert_eq!(follow(&server, &Fault::RedirectLoop.path()).await, (10, Fault::RedirectLoop.path()));
    assert!(server.log().iter().all(|request| request.fault.is_some()), "{:?}", server.log());
}

async fn robots(robots: RobotsFault) -> (FaultServer, Answer) {
    let server = FaultServer::start_with(FaultOptions { robots, ..FaultOptions::default() }).await.unwrap();
    let answer = get_with(&server, "/robots.txt", "").await;
    (server, answer)
}

#[tokio::test]
async fn robots_files() {
    for (fault, line) in [
        (RobotsFault::Sound, "HTTP/1.1 200 OK"),
        (RobotsFault::Absent, "HTTP/1.1 404 Not Found"),
        (RobotsFault::Forbidden, "HTTP/1.1 403 Forbidden"),
        (RobotsFault::ServerError, "HTTP/1.1 500 Internal Server Error"),
        (RobotsFault::Silence, ""),
        (RobotsFault::Large, "HTTP/1.1 200 OK"),
        (RobotsFault::RedirectFive, "HTTP/1.1 302 Found"),
        (RobotsFault::RedirectLoop, "HTTP/1.1 302 Found"),
        (RobotsFault::Html, "HTTP/1.1 200 OK"),
        (RobotsFault::Gb18030, "HTTP/1.1 200 OK"),
        (RobotsFault::ByteOrderMark, "HTTP/1.1 200 OK"),
        (RobotsFault::CrawlDelay, "HTTP/1.1 200 OK"),
        (RobotsFault::Everything, "HTTP/1.1 200 OK"),
    ] {
        let (server, answer) = robots(fault).await;
        assert_eq!(answer.line(), line, "{fault:?}");
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        match fault {
            RobotsFault::Large => {
                assert!((500 << 10..=600_000).contains(&text.len()), "{}", text.len());
                assert!(text.find("Disallow: /beyond/").unwrap() > 500 << 10);
            }
            RobotsFault::RedirectFive => {
                assert_eq!(follow(&server, "/robots.txt").await, (5, "HTTP/1.1 200 OK".to_owned()));
            }
            RobotsFault::RedirectLoop => assert_eq!(follow(&server, "/robots.txt").await.0, 10),
            RobotsFault::Html => assert!(text.contains("<html>")),
            RobotsFault::Gb18030 => assert!(std::str::from_utf8(answer.body()).is_err() && text.contains("/private/")),
            RobotsFault::ByteOrderMark => assert!(text.starts_with("\u{feff}User-agent")),
            RobotsFault::CrawlDelay => assert!(text.contains("\nCrawl-delay: 1\n")),
            _ => {}
        }
    }
}
