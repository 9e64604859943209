//! A straight line through measured points: what a post costs, and what each member adds.

use serde::Serialize;

/// `cost = a + b × members`, in microseconds of CPU for each post.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fit {
    /// What a post costs that nobody hears.
    pub a: f64,
    /// What each member adds.
    pub b: f64,
    /// The largest deviation of a point from the line, as a share of the point.
    pub worst: f64,
}

/// Fits by least squares of the *relative* error, so that the room of 20 counts as much as the room of 1,000: without the weights
/// `a` would be the noise of the largest room.
pub fn fit(points: &[(f64, f64)]) -> Option<Fit> {
    let points: Vec<(f64, f64)> = points.iter().copied().filter(|(_, cost)| *cost > 0.0).collect();
    let weighted = |term: fn(f64, f64) -> f64| points.iter().map(|(x, y)| term(*x, *y) / (y * y)).sum::<f64>();
    let (w, wx, wy) = (weighted(|_, _| 1.0), weighted(|x, _| x), weighted(|_, y| y));
    let (wxx, wxy) = (weighted(|x, _| x * x), weighted(|x, y| x * y));
    let determinant = w * wxx - wx * wx;
    if points.len() < 2 || determinant.abs() < f64::EPSILON * w * wxx {
        return None;
    }
    let b = (w * wxy - wx * wy) / determinant;
    let a = (wy - b * wx) / w;
    let worst = points.iter().map(|(x, y)| ((a + b * x - y) / y).abs()).fold(0.0, f64::max);
    Some(Fit { a, b, worst })
}

/// The middle one; of an even number the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    match (values.len(), values.len() / 2) {
        (0, _) => 0.0,
        (length, middle) if length % 2 == 1 => values[middle],
        (_, middle) => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_exactly() {
        let points: Vec<(f64, f64)> = [20.0, 100.0, 300.0, 1_000.0].map(|x| (x, 120.0 + 2.5 * x)).to_vec();
        let Fit { a, b, worst } = fit(&points).unwrap();
        assert!((a - 120.0).abs() < 1e-6 && (b - 2.5).abs() < 1e-9 && worst < 1e-9, "{a} {b} {worst}");
    }

    #[test]
    fn noise_in_the_largest_room_does_not_swallow_the_cost_of_a_post() {
        let points = [(20.0, 170.0), (100.0, 370.0), (300.0, 870.0), (1_000.0, 2_620.0 * 1.05)];
        let Fit { a, b, worst } = fit(&points).unwrap();
        assert!((a - 120.0).abs() < 12.0 && (b - 2.5).abs() < 0.15 && worst < 0.05, "{a} {b} {worst}");
    }

    #[test]
    fn one_point_is_no_line() {
        assert_eq!(fit(&[(20.0, 1.0)]), None);
        assert_eq!(fit(&[(20.0, 1.0), (20.0, 2.0)]), None);
        assert_eq!(fit(&[]), None);
    }

    #[test]
    fn medians() {
        for (values, middle) in [(&[][..], 0.0), (&[3.0], 3.0), (&[3.0, 1.0], 2.0), (&[9.0, 1.0, 2.0], 2.0)] {
            assert_eq!(median(values), middle);
        }
    }
}
