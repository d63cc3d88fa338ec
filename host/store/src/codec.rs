//! Numbers to bytes: varints, and values as exact decimals.

/// Powers of ten that f64 holds exactly enough for a division to round once.
const TENS: [f64; 13] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];

/// Exponents are below this.
pub(crate) const EXPONENTS: u8 = TENS.len() as u8;

/// Integers up to this are exact in f64.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The integer `m` for which `m / 10^exponent` is `value`, bit for bit; `None` where there is none.
pub(crate) fn mantissa(value: f64, exponent: u8) -> Option<i64> {
    let scaled = nearest(value * TENS[usize::from(exponent)]);
    // By way of the integer: -0.0 has none.
    let found = scaled as i64;
    let exact = scaled.abs() < EXACT && (found as f64 / TENS[usize::from(exponent)]).to_bits() == value.to_bits();
    exact.then_some(found)
}

/// A nearest integer. Below 2^51 by an addition that leaves no room for a fraction: a call of `round` takes several times as long.
fn nearest(number: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    if number.abs() < 2_251_799_813_685_248.0 { (number + SHIFT) - SHIFT } else { number.round() }
}

/// The least exponent for which there is a mantissa.
pub(crate) fn exponent(value: f64) -> Option<u8> {
    (0..TENS.len() as u8).find(|exponent| mantissa(value, *exponent).is_some())
}

/// What [`mantissa`] took apart.
pub(crate) fn value(mantissa: i64, exponent: u8) -> f64 {
    mantissa as f64 / TENS[usize::from(exponent)]
}

/// How a column's integers become its values. Beside decimals, exporters compute values that are none: milliseconds times 0.001
/// (`secondsPerTick` of node_exporter's disk statistics), microseconds divided by 1,000 twice (its pressure).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Divided by a power of ten, rounded once.
    Decimal(u8),
    /// Times 0.001.
    Milli,
    /// Divided by 1,000 twice.
    Twice,
}

impl Scale {
    /// What a column is tried with when its values are no decimals.
    pub(crate) const ODD: [Self; 2] = [Self::Milli, Self::Twice];
    const MILLI: u8 = 0x40;
    const TWICE: u8 = 0x41;

    /// The integer that becomes `value`, bit for bit.
    pub(crate) fn mantissa(self, value: f64) -> Option<i64> {
        let factor = match self {
            Self::Decimal(exponent) => return mantissa(value, exponent),
            Self::Milli => 1e3,
            Self::Twice => 1e6,
        };
        let scaled = nearest(value * factor);
        let found = scaled as i64;
        (scaled.abs() < EXACT && self.value(found).to_bits() == value.to_bits()).then_some(found)
    }

    pub(crate) fn value(self, mantissa: i64) -> f64 {
        match self {
            Self::Decimal(exponent) => value(mantissa, exponent),
            Self::Milli => mantissa as f64 * 0.001,
            Self::Twice => mantissa as f64 / 1e3 / 1e3,
        }
    }

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Decimal(exponent) => exponent,
            Self::Milli => Self::MILLI,
            Self::Twice => Self::TWICE,
        }
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            exponent if exponent < EXPONENTS => Some(Self::Decimal(exponent)),
            Self::MILLI => Some(Self::Milli),
            Self::TWICE => Some(Self::Twice),
            _ => None,
        }
    }
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(crate) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads what the `put_` functions wrote; `None` at the end or where the bytes make no sense.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A count of things of which each takes at least one byte: more than there are bytes is damage.
    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok().filter(|count| *count <= self.0.len() * 8 + 1)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        self.take(length)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_have_the_least_exponent_and_odd_values_none() {
        for (value, wanted) in [
            (3.0, Some(0)),
            (0.1, Some(1)),
            (12.345, Some(3)),
            (1.0 / 3.0, None),
            (f64::NAN, None),
            (-0.0, None),
            (f64::INFINITY, None),
            (1e300, None),
        ] {
            assert_eq!(exponent(value), wanted, "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_apart_comes_together(bits in any::<u64>(), scaled in -1_000_000_000_i64..1_000_000_000, digits in 0_u8..EXPONENTS) {
            for number in [f64::from_bits(bits), value(scaled, digits)] {
                if let Some(exponent) = exponent(number) {
                    let back = value(mantissa(number, exponent).unwrap(), exponent);
                    prop_assert_eq!(back.to_bits(), number.to_bits());
                }
            }
        }

        #[test]
        fn odd_scales_give_back_what_they_took(number in 0_i64..1 << 50, bits in any::<u64>()) {
            for scale in Scale::ODD {
                prop_assert_eq!(scale.mantissa(scale.value(number)), Some(number));
                let any = f64::from_bits(bits);
                if let Some(found) = scale.mantissa(any) {
                    prop_assert_eq!(scale.value(found).to_bits(), bits);
                }
                prop_assert_eq!(Scale::of_byte(scale.byte()), Some(scale));
            }
        }

        #[test]
        fn varints_read_back(number in any::<u64>(), signed in any::<i64>()) {
            let mut out = Vec::new();
            put_varint(&mut out, number);
            put_signed(&mut out, signed);
            let mut bytes = Bytes(&out);
            prop_assert_eq!((bytes.varint(), bytes.signed(), bytes.byte()), (Some(number), Some(signed), None));
        }

        #[test]
        fn rubble_is_no_panic(rubble in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = Bytes(&rubble);
            while bytes.varint().is_some() {}
            let mut bytes = Bytes(&rubble);
            let _ = (bytes.count(), bytes.bytes(), bytes.u64());
        }
    }
}
