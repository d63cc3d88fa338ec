//! The top of those who use a GPU.

use super::*;

/// A GPU with these processes as (number, name, bytes, share); a negative number is what the driver does not tell.
fn used_by(uuid: &str, processes: &[(u32, &str, i64, f64)]) -> Value {
    let process = |(pid, name, bytes, share): &(u32, &str, i64, f64)| {
        json!({
            "pid": pid, "name": name,
            "memory": u64::try_from(*bytes).ok(), "utilization": Some(*share).filter(|share| *share >= 0.0),
        })
    };
    with(laptop(), json!({"uuid": uuid, "processes": processes.iter().map(process).collect::<Vec<_>>()}))
}

fn step(plugin: &mut Plugin<Gpus>, at: u64, devices: &[Value]) -> String {
    fine(plugin, at, &snapshot(devices, &[]))
        .text("hw_gpu_process_")
        .replace("hw_gpu_process_", "")
        .replace("id=\"GPU-1\",", "")
}

#[test]
fn those_of_one_name_are_summed_and_their_numbers_are_never_told() {
    let processes = [
        (4242, "python3", 1000, 0.25),
        (4243, "python3", 500, 0.08333),
        (7, "Xorg", -1, 0.0),
        (8, "game \"x\"\n", -1, 0.5),
        (9, "", 70, -1.0),
        (10, "quiet", 0, 0.0),
    ];
    expect![[r#"
        utilization_ratio{process="game \"x\"\n"} 0.5
        memory_usage_bytes{process="python3"} 1500
        utilization_ratio{process="python3"} 0.3333
        memory_usage_bytes{process="unknown"} 70
    "#]]
    .assert_eq(&step(&mut plugin("{}"), 0, &[used_by("GPU-1", &processes)]));
}

#[test]
fn each_gpu_has_a_top_of_its_own() {
    let devices = [
        used_by("GPU-1", &[(1, "big", 900, 0.0), (2, "busy", 10, 0.9), (3, "small", 20, 0.1)]),
        used_by("GPU-2", &[(3, "small", 20, 0.1)]),
    ];
    expect![[r#"
        memory_usage_bytes{process="big"} 900
        utilization_ratio{process="big"} 0
        memory_usage_bytes{process="busy"} 10
        utilization_ratio{process="busy"} 0.9
        memory_usage_bytes{id="GPU-2",process="small"} 20
        utilization_ratio{id="GPU-2",process="small"} 0.1
    "#]]
    .assert_eq(&step(&mut plugin(r#"{"top_processes": 1}"#), 0, &devices));
    assert_eq!(step(&mut plugin(r#"{"top_processes": 0}"#), 0, &devices), "");
}

#[test]
fn a_name_stays_ten_minutes_after_it_left_the_top_as_nothing_when_it_has_ended() {
    let mut plugin = plugin("{}");
    let none = [used_by("GPU-1", &[])];
    step(&mut plugin, 0, &[used_by("GPU-1", &[(1, "train", 900, 0.9)])]);
    for at in [5000, 600_000] {
        let text = step(&mut plugin, at, &none);
        assert_eq!(text, "memory_usage_bytes{process=\"train\"} 0\nutilization_ratio{process=\"train\"} 0\n");
    }
    let text = step(&mut plugin, 600_001, &none);
    assert_eq!(text, "memory_usage_bytes{process=\"train\"} ended\nutilization_ratio{process=\"train\"} ended\n");
}

#[test]
fn the_names_of_a_lost_gpu_end_with_it_and_come_back_with_it() {
    let mut plugin = plugin("{}");
    let both = [used_by("GPU-1", &[(1, "train", 900, 0.9)]), used_by("GPU-2", &[(2, "serve", 800, 0.5)])];
    step(&mut plugin, 0, &both);
    let lost = step(&mut plugin, 5000, &both[..1]);
    assert!(lost.contains("id=\"GPU-2\",process=\"serve\"} ended"), "{lost}");
    let idle = [both[0].clone(), used_by("GPU-2", &[])];
    let back = step(&mut plugin, 10_000, &idle);
    assert!(back.contains("memory_usage_bytes{id=\"GPU-2\",process=\"serve\"} 0"), "{back}");
}

#[test]
fn at_most_thirty_names_are_kept_of_a_gpu_the_latest_of_them() {
    let mut plugin = plugin(r#"{"top_processes": 15}"#);
    for round in 0..10u64 {
        let names: Vec<String> = (0..15).map(|n| format!("p{}", round * 15 + n)).collect();
        let processes: Vec<_> = names.iter().map(|name| (1, name.as_str(), 10, 0.01)).collect();
        let text = step(&mut plugin, round * 5000, &[used_by("GPU-1", &processes)]);
        let living = text.lines().filter(|line| line.starts_with("memory") && !line.ends_with("ended")).count();
        assert_eq!(living, if round == 0 { 15 } else { 30 });
        assert!(names.iter().all(|name| text.contains(&format!("{name:?}}} 10"))), "{text}");
    }
}
