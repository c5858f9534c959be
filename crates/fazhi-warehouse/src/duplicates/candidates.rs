//! Pairs of posts worth comparing, found without looking at all pairs.

use std::collections::HashMap;

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
/// Bits in which fingerprints of a text and its correction differ at most: half of the text rewritten is about 17, give or
/// take 4; unrelated texts differ in 32, give or take 4.
const FAR: u32 = 26;
/// Fingerprints are cut into blocks, two more than bits may differ: two blocks of any near pair are equal.
const BLOCKS: u32 = 8;

/// The candidates among the posts of one year. Of posts that are alike in everything one stands for all of them.
pub fn candidates(posts: &[Post]) -> Pairs {
    let (certain, mut distinct) = alike(posts);
    // A title that another ends with comes right before it, so that `within` need not look further.
    distinct.sort_by(|one, other| from_its_end(posts, *one).cmp(from_its_end(posts, *other)));
    let mut uncertain = near(posts, &distinct);
    uncertain.extend(of_one_publisher(posts, &distinct));
    uncertain.sort_unstable();
    uncertain.dedup();
    Pairs { certain, uncertain }
}

fn from_its_end(posts: &[Post], place: u32) -> impl Iterator<Item = u8> + '_ {
    posts[place as usize].title.bytes().rev()
}

/// Pairs of posts alike in everything, each with the first of its kind, and those first ones.
fn alike(posts: &[Post]) -> (Vec<(u32, u32)>, Vec<u32>) {
    let mut first = HashMap::new();
    let (mut pairs, mut distinct) = (Vec::new(), Vec::new());
    for (place, post) in (0..).zip(posts) {
        let key = (&post.digest, &post.title, &post.publisher, &post.region, &post.township);
        let first = *first.entry(key).or_insert(place);
        if first == place { distinct.push(place) } else { pairs.push((first, place)) }
    }
    (pairs, distinct)
}

/// Pairs whose fingerprints are near. Sorting by each choice of two blocks brings every such pair together at least once.
fn near(posts: &[Post], distinct: &[u32]) -> Vec<(u32, u32)> {
    let width = u64::BITS / BLOCKS;
    let mut pairs = Vec::new();
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
            pairs.extend(within(posts, same_key, |(_, rank)| distinct[*rank as usize], NEAR));
        }
    }
    pairs
}

/// Pairs of posts of one publisher and region that are not plainly different.
fn of_one_publisher(posts: &[Post], distinct: &[u32]) -> Vec<(u32, u32)> {
    let mut by_publisher: HashMap<_, Vec<u32>> = HashMap::new();
    for place in distinct {
        let post = &posts[*place as usize];
        if let Some(publisher) = &post.publisher {
            by_publisher.entry((publisher, &post.region)).or_default().push(*place);
        }
    }
    by_publisher.values().flat_map(|places| within(posts, places, |place| *place, FAR)).collect()
}

/// Pairs of a group whose fingerprints differ in so many bits at most, and whose titles and places agree. The group is in
/// order of titles read from their ends. That most titles name their publisher keeps this short where thousands of reports
/// follow one model text.
fn within<T>(posts: &[Post], group: &[T], place: impl Fn(&T) -> u32, bits: u32) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for (rank, one) in group.iter().map(&place).enumerate() {
        let post = &posts[one as usize];
        for other in group[rank + 1..].iter().map(&place) {
            let further = &posts[other as usize];
            if !further.title.ends_with(&post.title) {
                break;
            }
            if distance(post.simhash, further.simhash) <= bits && post.may_be(further) {
                pairs.push((one.min(other), one.max(other)));
            }
        }
    }
    pairs
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
        assert_eq!(candidates(&posts).uncertain, [(0, 1), (1, 2)]);
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
        assert_eq!(candidates(&posts).uncertain, [(0, 1), (1, 2), (1, 3), (2, 3)]);
    }

    #[test]
    fn one_stands_for_all_that_are_alike() {
        let posts: Vec<Post> = (0..4).map(|_| post(7, "甲县", "1")).chain([post(7, "甲县", "2")]).collect();
        let pairs = Pairs { certain: vec![(0, 1), (0, 2), (0, 3)], uncertain: vec![(0, 4)] };
        assert_eq!(candidates(&posts), pairs);
    }
}
