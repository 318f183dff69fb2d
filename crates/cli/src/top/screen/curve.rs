//! Little curves of block characters.

/// From the least to the most.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values as blocks, the highest of them as a full one. Where all are zero there is nothing to see.
pub fn curve(values: impl Iterator<Item = u64> + Clone) -> String {
    let most = values.clone().max().unwrap_or_default();
    let block = |value: u64| {
        let eighths = (u128::from(value) * BLOCKS.len() as u128).div_ceil(u128::from(most.max(1)));
        eighths.checked_sub(1).map_or(' ', |place| BLOCKS[place as usize % BLOCKS.len()])
    };
    values.map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_value_is_a_full_block() {
        assert_eq!(curve([0, 1, 4, 8, 7].into_iter()), " ▁▄█▇");
        assert_eq!(curve([0, 0].into_iter()), "  ");
        assert_eq!(curve([u64::MAX, 1].into_iter()), "█▁");
    }
}
