//! A `robots.txt` read for one crawler: the groups that are meant for it, merged (RFC 9309 §2.2).

use std::cmp::Reverse;
use std::time::Duration;

use super::LIMIT;
use super::pattern::Pattern;

/// A longer `Crawl-delay` would stretch one crawl over weeks.
const LONGEST_DELAY: Duration = Duration::from_mins(1);

/// What the groups for one crawler say.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// The one that decides comes first: longest pattern, `allow` before `disallow`.
    pub(super) rules: Vec<Rule>,
    /// The longest pause that is asked for.
    pub(super) delay: Duration,
}

/// An `allow` or `disallow` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) access: Access,
    pub(super) pattern: Pattern,
}

impl Rule {
    /// Which rule decides where several match: the longest, and of equally long ones the least strict (§2.2.2).
    fn rank(&self) -> (Reverse<usize>, Access) {
        (Reverse(self.pattern.octets()), self.access)
    }
}

/// What a rule says about the paths it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    Allowed,
    Refused,
}

/// Reads the rules for `agent`, a product token such as `fazhi`: those of the groups that name it, or else those for
/// everybody (§2.2.1).
pub(super) fn read(file: &[u8], agent: &str) -> Group {
    let mut reader = Reader { agent: agent.as_bytes(), ..Reader::default() };
    for line in whole_lines(without_mark(file)).split(|&byte| byte == b'\n' || byte == b'\r') {
        if let Some(line) = Line::read(line) {
            reader.take(&line);
        }
    }
    reader.close();
    let mut group = if reader.is_named { reader.named } else { reader.everybody };
    group.rules.sort_by(|one, other| one.rank().cmp(&other.rank()).then_with(|| one.pattern.cmp(&other.pattern)));
    group.rules.dedup();
    group
}

/// The file up to the limit, without the line that crosses it: half a rule is another rule.
fn whole_lines(file: &[u8]) -> &[u8] {
    let Some(window) = file.get(..=LIMIT) else { return file };
    let end = window.iter().rposition(|&byte| byte == b'\n' || byte == b'\r');
    &file[..end.unwrap_or(0)]
}

/// Without the byte order mark, or the part of it that some editors leave.
fn without_mark(file: &[u8]) -> &[u8] {
    let marks: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xEF\xBB", b"\xEF"];
    let mark = marks.iter().find(|mark| file.starts_with(mark)).filter(|mark| {
        // A lone first byte of the mark may also begin a character of the first line.
        mark.len() == 3 || file.get(mark.len()).is_some_and(u8::is_ascii_graphic)
    });
    mark.map_or(file, |mark| &file[mark.len()..])
}

/// A line that says something to us. Lines of other kinds (`Sitemap`, `Host`, `Request-rate`, prose) are passed over and
/// end no group (§2.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Agent(&'a [u8]),
    Rule(Access, &'a [u8]),
    Delay(&'a [u8]),
}

/// Spellings of keys that are understood, in lower case; the odd ones are those that Google's parser understands too.
const AGENT_KEYS: [&str; 3] = ["user-agent", "useragent", "user agent"];
const REFUSE_KEYS: [&str; 6] = ["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"];
const DELAY_KEYS: [&str; 3] = ["crawl-delay", "crawldelay", "crawl delay"];
/// The colon of Chinese keyboards.
const WIDE_COLON: &[u8] = "：".as_bytes();

impl<'a> Line<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let line = line.split(|&byte| byte == b'#').next().unwrap_or_default().trim_ascii();
        let (key, value) = key_and_value(line)?;
        let is = |keys: &[&str]| keys.iter().any(|name| key.eq_ignore_ascii_case(name.as_bytes()));
        if is(&AGENT_KEYS) {
            Some(Self::Agent(value))
        } else if is(&["allow"]) {
            Some(Self::Rule(Access::Allowed, value))
        } else if is(&REFUSE_KEYS) {
            Some(Self::Rule(Access::Refused, value))
        } else if is(&DELAY_KEYS) {
            Some(Self::Delay(value))
        } else {
            None
        }
    }
}

/// Splits at the colon; where there is none, at the space, if that makes exactly two words: prose makes more.
fn key_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    // No key is longer than this; looking no further keeps prose and binary cheap.
    let head = &line[..line.len().min(40)];
    let colon = head.iter().position(|&byte| byte == b':').map(|at| (at, 1));
    let wide = || head.windows(WIDE_COLON.len()).position(|bytes| bytes == WIDE_COLON).map(|at| (at, WIDE_COLON.len()));
    if let Some((at, width)) = colon.or_else(wide) {
        return Some((line[..at].trim_ascii(), line[at + width..].trim_ascii()));
    }
    let at = head.iter().position(u8::is_ascii_whitespace)?;
    let value = line[at..].trim_ascii();
    (!value.iter().any(u8::is_ascii_whitespace)).then(|| (&line[..at], value))
}

/// Whom a user-agent line names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Audience {
    us: bool,
    everybody: bool,
}

#[derive(Debug, Default)]
struct Reader<'a> {
    agent: &'a [u8],
    /// Whom the open group is for.
    audience: Audience,
    stage: Stage,
    /// The pause that the open group asks for; it holds for agents named after it too.
    delay: Duration,
    is_named: bool,
    named: Group,
    everybody: Group,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// The next user-agent line begins a group.
    #[default]
    Rules,
    /// It joins the open one.
    Agents,
}

impl Reader<'_> {
    fn take(&mut self, line: &Line<'_>) {
        match *line {
            Line::Agent(value) => {
                if self.stage == Stage::Rules {
                    self.close();
                    self.stage = Stage::Agents;
                }
                self.audience.us |= names(value, self.agent);
                self.audience.everybody |= is_everybody(value);
                self.is_named |= self.audience.us;
            }
            Line::Rule(access, value) => {
                self.stage = Stage::Rules;
                if let Some(rule) = rule(access, value) {
                    self.push(rule);
                }
            }
            Line::Delay(value) => self.delay = self.delay.max(seconds(value).unwrap_or_default()),
        }
    }

    fn push(&mut self, rule: Rule) {
        // Once a group names us, those for everybody mean the others.
        if self.audience.us {
            self.named.rules.push(rule);
        } else if self.audience.everybody && !self.is_named {
            self.everybody.rules.push(rule);
        }
    }

    fn close(&mut self) {
        let audience = std::mem::take(&mut self.audience);
        let delay = std::mem::take(&mut self.delay);
        if audience.us {
            self.named.delay = self.named.delay.max(delay);
        }
        if audience.everybody {
            self.everybody.delay = self.everybody.delay.max(delay);
        }
    }
}

/// Whether a user-agent value begins with our product token, whatever its case; a version or a comment may follow.
fn names(value: &[u8], agent: &[u8]) -> bool {
    let Some((token, rest)) = value.split_at_checked(agent.len()) else { return false };
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || !byte.is_ascii();
    token.eq_ignore_ascii_case(agent) && !rest.first().is_some_and(goes_on)
}

fn is_everybody(value: &[u8]) -> bool {
    value.strip_prefix(b"*").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// An empty rule says nothing. Patterns begin with a slash or a star; where a refusal does not, the slash was forgotten
/// and the wish is plain, while an allowance that is not well formed allows nothing.
fn rule(access: Access, value: &[u8]) -> Option<Rule> {
    match (value.first()?, access) {
        (b'/' | b'*' | b'\\', _) => Some(Rule { access, pattern: Pattern::new(value) }),
        (_, Access::Refused) => Some(Rule { access, pattern: Pattern::new(&[b"/", value].concat()) }),
        (_, Access::Allowed) => None,
    }
}

/// A pause in seconds, possibly with a fraction.
fn seconds(value: &[u8]) -> Option<Duration> {
    let seconds: f64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST_DELAY.as_secs_f64())))
}
