use autobot_model::{STALE, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::codec::value;

type Column = Vec<Option<f64>>;

fn column(rows: usize) -> impl Strategy<Value = Column> {
    let odd = prop::sample::select(vec![STALE, f64::NAN, -0.0, f64::NEG_INFINITY, 5e-324, 1.0 / 3.0, f64::MAX]);
    let decimal = (-1_000_000_i64..1_000_000, 0_u8..5).prop_map(|(m, e)| value(m, e));
    let any_value = prop_oneof![8 => decimal, 1 => odd, 1 => any::<u64>().prop_map(f64::from_bits)];
    let values = prop::collection::vec(prop_oneof![6 => any_value.clone().prop_map(Some), 1 => Just(None)], rows);
    let constant = any_value.prop_map(move |value| vec![Some(value); rows]);
    let steps =
        prop_oneof![Just(prop::sample::select(vec![0_i64, 0, 0, 0, 0, 7])), Just(prop::sample::select(vec![3]))]
            .prop_flat_map(move |step| prop::collection::vec(step, rows));
    let counter = (0_i64..1_000_000, steps, 0_u8..4).prop_map(|(first, steps, exponent)| {
        let add = |sum: &mut i64, step| {
            *sum += step;
            Some(Some(value(*sum, exponent)))
        };
        steps.into_iter().scan(first, add).collect()
    });
    prop_oneof![2 => values, 1 => constant, 2 => counter]
}

fn chunk() -> impl Strategy<Value = (Vec<Timestamp>, std::collections::BTreeMap<u64, Column>)> {
    (1_usize..80).prop_flat_map(|rows| {
        let steps = prop::collection::vec(prop_oneof![5 => Just(1_000_i64), 1 => 1_i64..100_000], rows);
        let twice = prop::collection::vec((0_u64..1 << 40, column(rows), any::<bool>()), 1..12).prop_map(|all| {
            let copy = |(key, column, again): (u64, Column, bool)| {
                // Some columns have the steps of another one.
                let moved = column.iter().map(|value| value.map(|value| value + 1.0)).collect();
                [(key, column)].into_iter().chain(again.then_some((key + 1, moved)))
            };
            all.into_iter().flat_map(copy).collect()
        });
        let times = steps.prop_map(|steps| {
            let later = |time: &mut i64, step| {
                *time += step;
                Some(Timestamp(*time))
            };
            steps.into_iter().scan(1_700_000_000_000, later).collect()
        });
        (times, twice)
    })
}

fn write(times: &[Timestamp], columns: &std::collections::BTreeMap<u64, Column>) -> Vec<u8> {
    let mut writer = Writer::new(times);
    let mut lead = 0;
    for (at, (key, column)) in columns.iter().enumerate() {
        let mut rows = Rows::default();
        (0..column.len()).filter(|row| column[*row].is_some()).for_each(|row| rows.push(row as u32));
        let values: Vec<f64> = column.iter().flatten().copied().collect();
        match at % 4 {
            0 => {
                lead = *key;
                writer.leading(*key, &rows, &values).unwrap();
            }
            1 => writer.column(*key, &rows, &values).unwrap(),
            _ => writer.following(*key, &rows, &values, Follows { key: lead, behind: at % 4 == 3 }).unwrap(),
        }
    }
    writer.finish().unwrap()
}

proptest! {
    #[test]
    fn a_chunk_reads_back_bit_for_bit((times, columns) in chunk(), cut in any::<(prop::sample::Index, prop::sample::Index)>()) {
        let data = write(&times, &columns);
        let chunk = Chunk::parse(&data).unwrap();
        prop_assert_eq!(&chunk.times, &times);
        let (a, b) = (cut.0.index(times.len()), cut.1.index(times.len()));
        let within = chunk.rows_within(times[a.min(b)], times[a.max(b)]);
        for (key, column) in &columns {
            let mut back: Vec<Option<u64>> = vec![None; times.len()];
            if let Some((rows, values)) = chunk.column(*key).unwrap() {
                rows.iter().zip(values).for_each(|(row, value)| back[row] = Some(value.to_bits()));
            }
            let wanted: Vec<_> = column.iter().map(|value| value.map(f64::to_bits)).collect();
            prop_assert_eq!(&back, &wanted);
            let (mut some, mut values) = (Vec::new(), Vec::new());
            chunk.append(*key, &within, &mut some, &mut values).unwrap();
            let got: Vec<_> = some.into_iter().zip(values.into_iter().map(f64::to_bits)).collect();
            let part: Vec<_> = within.clone().filter_map(|row| Some((times[row], wanted[row]?))).collect();
            prop_assert_eq!(got, part);
        }
    }

    #[test]
    fn no_damage_goes_unseen((times, columns) in chunk(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut data = write(&times, &columns);
        let place = at.index(data.len());
        prop_assert!(Chunk::parse(&data[..place]).is_err());
        data[place] ^= flip;
        prop_assert!(Chunk::parse(&data).is_err());
    }

    #[test]
    fn rubble_that_claims_to_be_sound_is_no_panic((times, columns) in chunk(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let data = write(&times, &columns);
        let packed = u32::from_le_bytes(data[5..9].try_into().unwrap()) as usize;
        let length = u32::from_le_bytes(data[9..13].try_into().unwrap()) as usize;
        let mut directory = zstd::bulk::decompress(&data[HEADER..HEADER + packed], length).unwrap();
        let place = at.index(directory.len());
        directory[place] ^= flip;
        let again = zstd::bulk::compress(&directory, 1).unwrap();
        let mut forged = data[..5].to_vec();
        forged.extend_from_slice(&(again.len() as u32).to_le_bytes());
        forged.extend_from_slice(&(directory.len() as u32).to_le_bytes());
        forged.extend_from_slice(&again);
        forged.extend_from_slice(&data[HEADER + packed..]);
        let crc = crc32fast::hash(&forged[5..]);
        forged[1..5].copy_from_slice(&crc.to_le_bytes());
        if let Ok(chunk) = Chunk::parse(&forged) {
            for key in chunk.keys().collect::<Vec<_>>() {
                let _ = chunk.column(key);
            }
        }
    }
}

#[test]
fn each_kind_of_column_takes_few_bytes() {
    let times: Vec<Timestamp> = (0..1_000).map(|second| Timestamp(1_790_000_000_000 + second * 1_000)).collect();
    type Shape = fn(i64) -> f64;
    let size = |columns: &[Shape]| {
        let whole = |of: &Shape| (0..1_000).map(|second| Some(of(second))).collect::<Column>();
        let columns = columns.iter().enumerate().map(|(key, of)| (key as u64, whole(of))).collect();
        write(&times, &columns).len()
    };
    let noise = |second: i64| ((second * 7_919 + 3) * second % 1_009) as f64;
    let empty = size(&[]);
    assert!(empty < 60, "times alone take {empty} bytes");
    let shapes: [(&str, usize, Shape); 4] = [
        ("a constant", 16, |_| 0.1),
        ("a line", 16, |second| second as f64 / 10.0),
        ("a step now and then", 40, |second| (second / 200) as f64),
        ("a constant that ends", 24, |second| if second == 999 { STALE } else { 4.0 }),
    ];
    for (name, most, shape) in shapes {
        let took = size(&[shape]) - empty;
        assert!(took <= most, "{name} takes {took} bytes");
    }
    let (one, two) = (size(&[noise]), size(&[noise, |second| ((second * 7_919 + 3) * second % 1_009) as f64 + 5.0]));
    assert!(two - one < 24, "the same steps again take {} bytes, after {one}", two - one);
}
