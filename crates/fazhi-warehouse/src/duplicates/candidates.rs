//! Pairs of posts worth comparing, found without looking at all pairs.

use std::collections::{HashMap, HashSet};

use fazhi_parse::simhash::distance;

use super::post::Post;

/// Pairs by their places in the list of posts, the smaller first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Posts alike in all that is compared, down to the digest of the text.
    pub certain: Vec<(u32, u32)>,
    /// Posts whose texts must be compared.
    pub uncertain: Vec<(u32, u32)>,
}

/// Bits in which fingerprints of nearly identical texts differ at most.
const NEAR: u32 = 6;
/// Bits in which fingerprints of a text and its correction differ at most: a fifth of the runs rewritten is about 10, give or
/// take 3; unrelated texts differ in 32, give or take 4.
const FAR: u32 = 20;
/// Pairs that a post forms at most with those after it. Thousands of posts that differ in a counter only are all alike; each
/// with its nearest is enough to bring them together.
const NEIGHBOURS: u32 = 32;
/// Posts that a post is held against at most in one sorting.
const LOOKED_AT: usize = 1_024;
/// Fingerprints are cut into blocks, two more than bits may differ: two blocks of any near pair are equal.
const BLOCKS: u32 = 8;

/// The candidates among the posts of one year. Of posts that are alike in everything one stands for all of them. The
/// uncertain ones come in order of titles and fingerprints, so that pairs of the same texts stand together.
pub fn candidates(posts: &[Post]) -> Pairs {
    let (certain, mut distinct) = alike(posts);
    // A title that another ends with comes right before it, so that `look` need not look further; of equal titles, equal
    // fingerprints stand together.
    let bits = |place: u32| posts[place as usize].simhash;
    distinct.sort_by(|one, other| {
        let titles = from_its_end(posts, *one).cmp(from_its_end(posts, *other));
        titles.then_with(|| (bits(*one), *one).cmp(&(bits(*other), *other)))
    });
    let mut found = near(posts, &distinct);
    found.extend(of_one_publisher(posts, &distinct));
    let mut ranks: Vec<(u32, u32)> = found.into_iter().collect();
    ranks.sort_unstable();
    let uncertain = ranks.into_iter().map(|(one, other)| {
        let (one, other) = (distinct[one as usize], distinct[other as usize]);
        (one.min(other), one.max(other))
    });
    Pairs { certain, uncertain: uncertain.collect() }
}

fn from_its_end(posts: &[Post], place: u32) -> impl Iterator<Item = u8> + '_ {
    posts[place as usize].title.bytes().rev()
}

/// Pairs of posts alike in everything, each with the first of its kind, and those first ones.
fn alike(posts: &[Post]) -> (Vec<(u32, u32)>, Vec<u32>) {
    let mut first = HashMap::new();
    let (mut pairs, mut distinct) = (Vec::new(), Vec::new());
    for (place, post) in (0..).zip(posts) {
        let key = (&post.digest, post.identity(), &post.host);
        let first = *first.entry(key).or_insert(place);
        if first == place { distinct.push(place) } else { pairs.push((first, place)) }
    }
    (pairs, distinct)
}

/// Pairs whose fingerprints are near. Sorting by each choice of two blocks brings every such pair together at least once.
fn near(posts: &[Post], distinct: &[u32]) -> HashSet<(u32, u32)> {
    let width = u64::BITS / BLOCKS;
    let mut search = Search::new(posts, distinct, NEAR);
    let mut by_key: Vec<(u64, u32)> = Vec::with_capacity(distinct.len());
    for (high, low) in (0..BLOCKS).flat_map(|high| (0..high).map(move |low| (high, low))) {
        let block = |bits: u64, number: u32| bits >> (number * width) & ((1 << width) - 1);
        by_key.clear();
        by_key.extend((0..).zip(distinct).map(|(rank, place)| {
            let bits = posts[*place as usize].simhash.cast_unsigned();
            (block(bits, high) << width | block(bits, low), rank)
        }));
        by_key.sort_unstable();
        for same_key in by_key.chunk_by(|one, other| one.0 == other.0) {
            search.look(same_key, |(_, rank)| *rank);
        }
    }
    search.found
}

/// Pairs of posts of one publisher and region that are not plainly different.
fn of_one_publisher(posts: &[Post], distinct: &[u32]) -> HashSet<(u32, u32)> {
    let mut by_publisher: HashMap<_, Vec<u32>> = HashMap::new();
    for (rank, place) in (0..).zip(distinct) {
        let post = &posts[*place as usize];
        if let Some(publisher) = &post.publisher {
            by_publisher.entry((publisher, &post.region)).or_default().push(rank);
        }
    }
    // A post is in one of these groups only, so their order does not matter.
    let mut search = Search::new(posts, distinct, FAR);
    for ranks in by_publisher.values() {
        search.look(ranks, |rank| *rank);
    }
    search.found
}

/// Pairs found so far, by their ranks in the order of titles, the smaller first: at most [`NEIGHBOURS`] for each post.
struct Search<'a> {
    posts: &'a [Post],
    distinct: &'a [u32],
    /// Bits in which fingerprints of a pair differ at most.
    bits: u32,
    found: HashSet<(u32, u32)>,
    /// How many pairs each post begins.
    begun: Vec<u32>,
}

impl<'a> Search<'a> {
    fn new(posts: &'a [Post], distinct: &'a [u32], bits: u32) -> Self {
        Self { posts, distinct, bits, found: HashSet::new(), begun: vec![0; distinct.len()] }
    }

    /// Takes in pairs of a group whose fingerprints are near and whose titles and places agree. The group is in order of
    /// ranks. That most titles name their publisher keeps this short where thousands of reports follow one model text.
    fn look<T>(&mut self, group: &[T], rank: impl Fn(&T) -> u32) {
        for (start, one) in group.iter().map(&rank).enumerate() {
            for other in group[start + 1..].iter().take(LOOKED_AT).map(&rank) {
                let (post, further) = (self.post(one), self.post(other));
                if self.begun[one as usize] == NEIGHBOURS || !further.title.ends_with(&post.title) {
                    break;
                }
                let near = distance(post.simhash, further.simhash) <= self.bits;
                if near && post.may_be(further) && self.found.insert((one, other)) {
                    self.begun[one as usize] += 1;
                }
            }
        }
    }

    fn post(&self, rank: u32) -> &'a Post {
        &self.posts[self.distinct[rank as usize] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::super::post::PostRow;
    use super::*;

    fn post(simhash: i64, publisher: &str, digest: &str) -> Post {
        titled("2022年法治政府建设年度报告", simhash, publisher, digest)
    }

    fn titled(title: &str, simhash: i64, publisher: &str, digest: &str) -> Post {
        let title = title.to_owned();
        PostRow { simhash, title, publisher: Some(publisher.into()), digest: digest.into(), ..PostRow::default() }
            .into()
    }

    fn sorted(posts: &[Post]) -> Vec<(u32, u32)> {
        let mut pairs = candidates(posts).uncertain;
        pairs.sort_unstable();
        pairs
    }

    /// A counter within the body: the fingerprints are all near, and many are equal.
    #[test]
    fn posts_that_are_all_alike_form_few_pairs_and_one_group() {
        const COUNT: u32 = 4_000;
        let posts: Vec<Post> =
            (0..COUNT).map(|n| post(i64::from(n % 7) << (n % 50), "甲县", &format!("{n}"))).collect();
        let pairs = candidates(&posts).uncertain;
        assert!(pairs.len() <= (2 * COUNT * NEIGHBOURS) as usize, "{}", pairs.len());
        assert_eq!(pairs.iter().collect::<HashSet<_>>().len(), pairs.len(), "no pair twice");
        let mut groups = super::super::groups::Groups::alone(posts.len());
        for (one, other) in pairs {
            groups.join(one, other);
        }
        assert!((0..COUNT).all(|place| groups.of(place) == 0));
    }

    #[test]
    fn every_near_pair_is_found_whichever_bits_differ() {
        // Bits spread over the blocks in many ways, by a fixed sequence.
        for seed in 0_u64..400 {
            let bits = (0..u64::from(NEAR)).map(|n| (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (n * 9)) % 64);
            let flipped = bits.fold(0_u64, |flipped, bit| flipped | 1 << bit);
            let near = seed.wrapping_mul(0xd134_2543_de82_ef95);
            let posts = [post(near.cast_signed(), "甲县", "1"), post((near ^ flipped).cast_signed(), "乙县", "2")];
            assert_eq!(candidates(&posts).uncertain, [(0, 1)], "{flipped:b}");
        }
        let far = post(0b111_1111, "乙县", "2");
        assert_eq!(candidates(&[post(0, "甲县", "1"), far]).uncertain, []);
    }

    #[test]
    fn posts_of_one_publisher_are_compared_further() {
        let posts =
            [post(0, "甲县", "1"), post(0xfffff, "甲县", "2"), post(0xfffff, "乙县", "3"), post(-1, "甲县", "4")];
        assert_eq!(sorted(&posts), [(0, 1), (1, 2)]);
    }

    #[test]
    fn titles_agree_whichever_is_the_longer() {
        let titles = [
            "乙县2022年法治政府建设报告",
            "2022年法治政府建设报告",
            "甲县2022年法治政府建设报告",
            "南甲县2022年法治政府建设报告",
        ];
        let posts: Vec<Post> = titles.iter().map(|title| titled(title, 0, "甲县", title)).collect();
        assert_eq!(sorted(&posts), [(0, 1), (1, 2), (1, 3), (2, 3)]);
    }

    #[test]
    fn one_stands_for_all_that_are_alike() {
        let posts: Vec<Post> = (0..4).map(|_| post(7, "甲县", "1")).chain([post(7, "甲县", "2")]).collect();
        let pairs = Pairs { certain: vec![(0, 1), (0, 2), (0, 3)], uncertain: vec![(0, 4)] };
        assert_eq!(candidates(&posts), pairs);
    }
}
