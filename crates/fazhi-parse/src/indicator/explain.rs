//! Why an amount states the indicators it states, and what else was considered.

use fazhi_model::{Indicator, Quantity, Section, Span};
use serde::Serialize;

use super::matching::{Refusal, Words, considered};
use super::{Context, growth, headed, place, standing};
use crate::catalogue::Catalogue;
use crate::quantity::reading::Reading;
use crate::table;

/// An amount, the facts it states, and the phrases of the catalogue that were held against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The amount as written.
    pub text: String,
    /// Where it stands in the body.
    #[serde(flatten)]
    pub span: Span,
    /// Rules of the facts it states.
    pub decided: Vec<String>,
    /// Why it states none although phrases hold: a plan, another year, a change.
    pub refused: Option<&'static str>,
    /// Phrases that did not win, those that hold first.
    pub rejected: Vec<Candidate>,
}

/// A phrase that did not win.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// `indicator.phrase`.
    pub rule: String,
    /// What spoke against it.
    pub reason: String,
}

/// Explains every amount that states a fact or that a phrase was held against, in reading order. `facts` are what
/// [`super::find`] found with the same arguments.
pub fn explain(
    body: &str,
    sections: &[Section],
    quantities: &[Quantity],
    context: &Context,
    catalogue: &Catalogue,
    facts: &[Indicator],
) -> Vec<Explanation> {
    let text = Reading::new(body);
    let words = Words::find(&text, catalogue);
    let mut places = place::all(&text, quantities);
    headed::place(&mut places, table::headings(&text, quantities, context.report_year));
    let roles = standing::Roles::new(sections);
    let explained = places.iter().zip(quantities).map(|(place, quantity)| {
        let decided: Vec<String> =
            facts.iter().filter(|fact| fact.span == quantity.span).map(|fact| fact.rule.clone()).collect();
        let refused = if standing::is_of_another_year(&text, place, context.report_year) || place.superseded.is_some() {
            Some("it is a value of another time")
        } else if growth::read(&text, place, quantity, context.report_year).is_some() {
            Some("it tells a change")
        } else {
            standing::refusal(&text, place, quantity, &roles, context.report_year)
        };
        let refused = refused.filter(|_| decided.is_empty());
        let near = place.near.iter().flat_map(|near| considered(&text, &words, (place, near), quantity, catalogue));
        let mut rejected: Vec<(f64, Candidate)> = near
            .filter(|(_, phrase, _)| !decided.contains(&phrase.rule))
            .map(|(_, phrase, verdict)| {
                let score = verdict.as_ref().map_or(-1.0, |weight| weight.score);
                let reason = match verdict {
                    Ok(weight) => {
                        format!("it holds with {:.1}, another holds better or the amount is refused", weight.score)
                    }
                    Err(refusal) => in_words(refusal, catalogue),
                };
                (score, Candidate { rule: phrase.rule.clone(), reason })
            })
            .collect();
        rejected.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.rule.cmp(&y.rule)));
        let rejected = rejected.into_iter().map(|(_, candidate)| candidate).collect();
        Explanation { text: quantity.text.clone(), span: quantity.span, decided, refused, rejected }
    });
    explained.filter(|explanation| !explanation.decided.is_empty() || !explanation.rejected.is_empty()).collect()
}

fn in_words(refusal: Refusal, catalogue: &Catalogue) -> String {
    match refusal {
        Refusal::Unit => "it does not count in this unit, or not to this value".to_owned(),
        Refusal::Forbidden(word) => format!("`{}` speaks against it", catalogue.word(word)),
        Refusal::Missing(word) => format!("nothing like `{}` stands where it should", catalogue.word(word)),
        Refusal::Topic => "another topic was named last".to_owned(),
    }
}
