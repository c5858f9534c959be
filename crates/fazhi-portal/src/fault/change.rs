//! Faults that only show on the second day.

use super::pages::{article, missing, revised};
use super::request::Asked;
use super::script::Script;
use super::{Day, Fault, challenge};

/// What is sent, for faults of this kind.
pub fn script(fault: Fault, asked: &Asked<'_>) -> Option<Script> {
    let (number, condition) = (fault.number(), asked.condition);
    let sound = || Script::sound(&article(number), condition);
    let new_address = format!("{}/moved.html", fault.path().trim_end_matches(".html"));
    Some(match (fault, asked.day) {
        (Fault::NoValidators, _) => Script::html(200, &[], &article(number)),
        (Fault::Changed, Day::Second) => Script::sound(&revised(number, 1), condition),
        (Fault::Vanishes, Day::Second) => Script::html(404, &[], "<html><body>404</body></html>"),
        (Fault::VanishesGone, Day::Second) => Script::html(410, &[], "<html><body>410</body></html>"),
        (Fault::BecomesChallenge, Day::Second) => challenge::river(412),
        (Fault::BecomesSoftNotFound, Day::Second) => Script::html(200, &[], missing()),
        (Fault::Moves, Day::First) if asked.path != fault.path() => Script::text(404, "nothing here"),
        (Fault::Moves, Day::Second) if asked.path == fault.path() => {
            Script::html(301, &[("Location", &new_address)], "<html><body>301</body></html>")
        }
        (Fault::Recovers, Day::First) => Script::html(500, &[], "<html><body>500</body></html>"),
        _ if CHANGING.contains(&fault) => sound(),
        _ => return None,
    })
}

/// All faults of this kind.
const CHANGING: &[Fault] = &[
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
