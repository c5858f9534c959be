//! Disjoint sets: things joined directly or through others form one group.

/// Groups of the numbers below a bound.
#[derive(Debug, Clone)]
pub struct Groups(Vec<u32>);

impl Groups {
    /// Every number alone.
    pub fn alone(count: usize) -> Self {
        Self((0..count).map(|number| u32::try_from(number).expect("fewer than four thousand million posts")).collect())
    }

    /// Makes one group of the groups of two numbers.
    pub fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.of(one), self.of(other));
        // The smaller number stands for the group, whatever the order of joins.
        self.0[one.max(other) as usize] = one.min(other);
    }

    /// The smallest number of a number's group.
    pub fn of(&mut self, number: u32) -> u32 {
        let mut root = number;
        while self.0[root as usize] != root {
            root = self.0[root as usize];
        }
        let mut step = number;
        while step != root {
            step = std::mem::replace(&mut self.0[step as usize], root);
        }
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_by_their_smallest_member() {
        let mut groups = Groups::alone(6);
        for (one, other) in [(5, 3), (3, 1), (4, 2)] {
            groups.join(one, other);
        }
        assert_eq!((0..6).map(|number| groups.of(number)).collect::<Vec<_>>(), [0, 1, 2, 1, 2, 1]);
    }
}
