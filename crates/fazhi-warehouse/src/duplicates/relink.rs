//! What is to be looked at again when posts arrive, change or go, and the links that come out of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::candidates::{Pairs, candidates};
use super::compare::Relation;
use super::families::{Link, Target, targets};
use super::grouping::{Grouped, Judged, grouped};
use super::groups::Groups;
use super::post::Post;

/// A post that the table holds, with its links.
#[derive(Debug, Clone)]
pub struct Known {
    pub post: Post,
    pub duplicate_of: Option<String>,
    pub version_of: Option<String>,
    /// Whether a row arrives that takes its place.
    pub arrives: bool,
}

/// The posts of one year as they will be, and which of them must be looked at.
pub struct Relink {
    posts: Vec<Post>,
    /// Where a row of the table stays as it is but for its links, or arrives.
    arriving: Vec<bool>,
    /// Links in the table; none for what is new.
    stored: Vec<Option<(Option<String>, Option<String>)>>,
    /// Families as the table has them, with posts that go; numbers below the count of posts are posts.
    families: Groups,
    touched: Vec<u32>,
    /// The pairs among the posts.
    candidates: Pairs,
}

/// Links to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub links: Vec<Link>,
    /// How many of them are of posts that do not arrive.
    pub others: u64,
}

impl Relink {
    /// The posts of one year that arrive, and those that the table holds. A known post that arrives, but not among the
    /// arrivals of this year, goes.
    pub fn new(arrivals: Vec<Post>, known: Vec<Known>) -> Self {
        let arriving_ids: HashSet<String> = arrivals.iter().map(|post| post.id.clone()).collect();
        let unchanged: HashSet<String> = {
            let before: HashMap<&str, &Post> =
                known.iter().map(|known| (known.post.id.as_str(), &known.post)).collect();
            arrivals
                .iter()
                .filter(|post| before.get(post.id.as_str()) == Some(post))
                .map(|post| post.id.clone())
                .collect()
        };
        let mut posts = arrivals;
        posts.extend(known.iter().filter(|known| !known.arrives).map(|known| known.post.clone()));
        // So that the pairs, too, come in an order that depends on what is there, not on when it came.
        posts.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let places: HashMap<&str, u32> = posts.iter().map(|post| post.id.as_str()).zip(0..).collect();
        let mut relink = Self {
            arriving: posts.iter().map(|post| arriving_ids.contains(&post.id)).collect(),
            stored: vec![None; posts.len()],
            families: Groups::alone(posts.len() + known.len()),
            touched: Vec::new(),
            candidates: Pairs::default(),
            posts: Vec::new(),
        };
        let fresh = |post: &&Post| arriving_ids.contains(&post.id) && !unchanged.contains(&post.id);
        relink.touched = posts.iter().filter(fresh).map(|post| places[post.id.as_str()]).collect();
        let before = relink.remember(known, &places, posts.len());
        relink.posts = posts;
        if !relink.touched.is_empty() {
            relink.candidates = candidates(&relink.posts);
            let regrouped = relink.regrouped(&before);
            relink.touched.extend(regrouped);
        }
        relink
    }

    /// Takes in the links of the table, and gives back its posts in order of their identity.
    fn remember(&mut self, known: Vec<Known>, places: &HashMap<&str, u32>, posts: usize) -> Vec<Post> {
        let gone = known.iter().filter(|known| !places.contains_key(known.post.id.as_str()));
        let gone: HashMap<String, u32> =
            gone.map(|known| known.post.id.clone()).zip(u32::try_from(posts).unwrap_or(u32::MAX)..).collect();
        let place_of = |id: &str| places.get(id).or_else(|| gone.get(id)).copied();
        self.touched.extend(gone.values());
        let mut before = Vec::with_capacity(known.len());
        for Known { post, duplicate_of, version_of, .. } in known {
            let Some(place) = place_of(&post.id) else { continue };
            for target in [&duplicate_of, &version_of].into_iter().flatten() {
                match place_of(target) {
                    Some(target) => self.families.join(place, target),
                    // It leads nowhere: whatever happened, it is put right.
                    None => self.touched.push(place),
                }
            }
            if let Some(stored) = self.stored.get_mut(place as usize) {
                *stored = Some((duplicate_of, version_of));
            }
            before.push(post);
        }
        before.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        before
    }

    /// The posts, in order of their identity.
    pub fn posts(&self) -> &[Post] {
        &self.posts
    }

    /// The pairs to be judged: all those that hang together with a touched post. It is not enough to go by links, since a
    /// post may be what keeps others apart.
    pub fn pairs(&self) -> Pairs {
        let Pairs { certain, uncertain } = &self.candidates;
        let mut families = self.families.clone();
        for (one, other) in certain.iter().chain(uncertain) {
            families.join(*one, *other);
        }
        let concerned: HashSet<u32> = self.touched.iter().map(|place| families.of(*place)).collect();
        let mut within = |(one, _): &&(u32, u32)| concerned.contains(&families.of(*one));
        Pairs {
            certain: certain.iter().filter(&mut within).copied().collect(),
            uncertain: uncertain.iter().filter(&mut within).copied().collect(),
        }
    }

    /// Posts of pairs that were there before and are there no more, or the other way round: since the pairs of a post are
    /// bounded, one that comes or goes changes those of others.
    fn regrouped(&self, before: &[Post]) -> Vec<u32> {
        let now: HashMap<&str, u32> = self.posts.iter().map(|post| post.id.as_str()).zip(0..).collect();
        let places: Vec<Option<u32>> = before.iter().map(|post| now.get(post.id.as_str()).copied()).collect();
        let Pairs { certain, uncertain } = &self.candidates;
        let mut changed: HashSet<(u32, u32)> = certain.iter().chain(uncertain).copied().collect();
        let mut regrouped = Vec::new();
        let before = candidates(before);
        for (one, other) in before.certain.iter().chain(&before.uncertain) {
            match (places[*one as usize], places[*other as usize]) {
                (Some(one), Some(other)) if changed.remove(&(one, other)) => {}
                (one, other) => regrouped.extend([one, other].into_iter().flatten()),
            }
        }
        regrouped.extend(changed.into_iter().flat_map(|(one, other)| [one, other]));
        regrouped
    }

    /// The links that come out of the judged pairs: of all arrivals, and of other posts where they change.
    pub fn links(&self, pairs: &Pairs, relations: &[Relation]) -> Found {
        let targets = self.targets(pairs, relations);
        let id = |place: u32| self.posts[place as usize].id.clone();
        let mut found = Found::default();
        for (place, post) in (0_u32..).zip(&self.posts) {
            let stored = &self.stored[place as usize];
            let (duplicate_of, version_of) = match targets.get(&place) {
                Some(target) => (target.duplicate_of.map(id), target.version_of.map(id)),
                None => stored.clone().unwrap_or_default(),
            };
            let arriving = self.arriving[place as usize];
            let changed = stored.as_ref() != Some(&(duplicate_of.clone(), version_of.clone()));
            if arriving || changed {
                found.others += u64::from(!arriving);
                found.links.push(Link { document_id: post.id.clone(), duplicate_of, version_of });
            }
        }
        found
    }

    /// Where the posts of all families that were looked at lead.
    fn targets(&self, pairs: &Pairs, relations: &[Relation]) -> BTreeMap<u32, Target> {
        let certain = pairs.certain.iter().map(|(one, other)| (*one, *other, Relation::Same));
        let uncertain = pairs.uncertain.iter().zip(relations).map(|((one, other), relation)| (*one, *other, *relation));
        let judged: Vec<Judged> = certain.chain(uncertain).collect();
        let Grouped { mut same, mut family } = grouped(&self.posts, &judged);
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for place in self.concerned(pairs) {
            members.entry(family.of(place)).or_default().push(place);
        }
        members.values().flat_map(|members| targets(&self.posts, members, &mut same)).collect()
    }

    /// The posts of all families that were looked at; one that is left alone loses its links.
    fn concerned(&self, pairs: &Pairs) -> Vec<u32> {
        let mut families = self.families.clone();
        let judged = pairs.certain.iter().chain(&pairs.uncertain).flat_map(|(one, other)| [*one, *other]);
        let concerned: HashSet<u32> =
            judged.chain(self.touched.iter().copied()).map(|place| families.of(place)).collect();
        let places = (0_u32..).zip(&self.posts).map(|(place, _)| place);
        places.filter(|place| concerned.contains(&families.of(*place))).collect()
    }
}
