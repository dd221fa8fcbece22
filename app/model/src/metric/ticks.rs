//! Round numbers for an axis of values.

use serde::{Deserialize, Serialize};

/// What the values of a chart are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricUnit))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Plain numbers.
    #[default]
    Number,
    /// Whole things: instances, requests.
    Count,
    /// 100 is the whole.
    Percent,
    Bytes,
    Seconds,
}

/// An axis from the first tick to the last, which hold all values between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub unit: Unit,
    pub step: f64,
    pub ticks: Vec<f64>,
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;
/// Steps of time that people count in; below a second and from days on it is as with other numbers.
const SECONDS: [f64; 18] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
];
/// Values beyond this have no steps between them that an axis could show.
const MAGNITUDE_MAX: f64 = 1e300;
const TICKS_MAX: usize = 50;

/// An axis with about `count` ticks (1 to 50) for values from `low` to `high`. One value, or nothing that is a number, gets
/// an axis around it as well.
pub fn axis(low: f64, high: f64, count: usize, unit: Unit) -> Axis {
    let known = |value: f64| if value.is_nan() { 0.0 } else { value.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX) };
    let (low, high) = (known(low), known(high));
    let (low, high) = if low <= high { (low, high) } else { (high, low) };
    let (low, high) = spread(low, high);
    let count = count.clamp(1, TICKS_MAX);
    let mut step = step(((high - low) / count as f64).max(f64::MIN_POSITIVE), unit);
    loop {
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        // Rounding outwards may add one at either end; more than that means that the step is lost in the numbers' precision.
        if last - first <= (count + 2) as f64 {
            let whole = (last - first) as usize;
            let ticks = (0..=whole).map(|index| clean((first + index as f64) * step)).collect();
            return Axis { unit, step, ticks };
        }
        step *= 2.0;
    }
}

/// Room around a single value.
fn spread(low: f64, high: f64) -> (f64, f64) {
    // What is closer than this cannot be told apart at this size.
    let least = low.abs().max(high.abs()) * 1e-9;
    if high - low > least {
        return (low, high);
    }
    let room = if high == 0.0 { 1.0 } else { high.abs() };
    if low >= 0.0 {
        (0.0, high.max(room))
    } else if high <= 0.0 {
        (low.min(-room), 0.0)
    } else {
        (low - room, high + room)
    }
}

/// The smallest round step that is not smaller than `rough`.
fn step(rough: f64, unit: Unit) -> f64 {
    match unit {
        Unit::Count => decimal(rough).max(1.0),
        Unit::Bytes => bytes(rough),
        Unit::Seconds if rough > 0.5 && rough <= DAY => {
            SECONDS.iter().copied().find(|step| *step >= rough).unwrap_or(DAY)
        }
        Unit::Seconds if rough > DAY => decimal(rough / DAY) * DAY,
        Unit::Number | Unit::Percent | Unit::Seconds => decimal(rough),
    }
}

/// 1, 2 or 5 times a power of ten.
fn decimal(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    if power == 0.0 || !power.is_finite() {
        return rough;
    }
    // The logarithm of a power of ten may lie a little below it.
    [1.0, 2.0, 5.0, 10.0]
        .iter()
        .map(|times| clean(times * power))
        .find(|step| *step >= rough)
        .unwrap_or(rough)
}

/// A power of two, times a power of 1024: 256 KiB, 2 MiB. Half a byte is none.
fn bytes(rough: f64) -> f64 {
    let exponent = rough.max(1.0).log2().ceil();
    2_f64.powf(exponent)
}

/// Without the dust of binary fractions: 0.30000000000000004 becomes 0.3.
fn clean(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

impl Axis {
    /// A tick as it is written: `250 ms`, `256 MiB`, `40 %`. Symbols of units only, which no language translates. Ticks of one
    /// axis are written in one unit.
    pub fn label(&self, value: f64) -> String {
        let (symbol, size) = scale(self.unit, self.step);
        let decimals = decimals(self.step / size);
        let text = format!("{:.decimals$}", value / size);
        let text = if text.trim_start_matches(['-', '0', '.']).is_empty() { "0".to_owned() } else { text };
        if symbol.is_empty() { text } else { format!("{text} {symbol}") }
    }
}

/// As many as tell one step from the next.
fn decimals(step: f64) -> usize {
    (0..9)
        .find(|places| {
            let shifted = step * 10_f64.powi(*places);
            (shifted - shifted.round()).abs() < 1e-6 * shifted.abs().max(1e-3)
        })
        .map_or(9, |places| places as usize)
}

/// The largest unit of which a step has one at least: ticks are whole numbers of it where they can be.
fn scale(unit: Unit, step: f64) -> (&'static str, f64) {
    const BYTES: [(&str, f64); 6] = [
        ("PiB", 1_125_899_906_842_624.0),
        ("TiB", 1_099_511_627_776.0),
        ("GiB", 1_073_741_824.0),
        ("MiB", 1_048_576.0),
        ("KiB", 1_024.0),
        ("B", 1.0),
    ];
    const TIMES: [(&str, f64); 7] =
        [("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)];
    const LARGE: [(&str, f64); 4] = [("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0)];
    let pick = |scales: &[(&'static str, f64)], smallest| {
        scales.iter().copied().find(|(_, size)| step >= *size).unwrap_or(smallest)
    };
    match unit {
        Unit::Percent => ("%", 1.0),
        Unit::Bytes => pick(&BYTES, ("B", 1.0)),
        Unit::Seconds => pick(&TIMES, ("ns", 1e-9)),
        Unit::Number | Unit::Count => pick(&LARGE, ("", 1.0)),
    }
}
