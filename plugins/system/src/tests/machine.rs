//! Processors, memory and pressure.

use autobot_plugin_sdk::testing::Facts;
use autobot_plugin_sdk::{Pressure, Stall, cpu, memory};
use expect_test::expect;

use super::{START, check, plugin, processors};

#[test]
fn processors_have_no_ratio_at_first_and_one_from_the_second_collect_on() {
    let mut plugin = plugin("{}", Facts { cpu: Ok(processors(100)), ..Facts::default() });
    check(
        &mut plugin,
        0,
        "system_cpu",
        expect![[r#"
            system_cpu_utilization_ratio NaN
            system_cpu_core_utilization_ratio{core="0"} NaN
            system_cpu_core_utilization_ratio{core="1"} NaN
            system_cpu_time_seconds_total{mode="user"} 0.6
            system_cpu_time_seconds_total{mode="nice"} 0
            system_cpu_time_seconds_total{mode="system"} 0
            system_cpu_time_seconds_total{mode="idle"} 1.4
            system_cpu_time_seconds_total{mode="iowait"} 0
            system_cpu_time_seconds_total{mode="irq"} 0
            system_cpu_time_seconds_total{mode="softirq"} 0
            system_cpu_time_seconds_total{mode="steal"} 0
            system_cpu_load_average_1m 0.5
            system_cpu_load_average_5m 0.25
            system_cpu_load_average_15m 0.125
            system_cpu_context_switches_total 7
            system_cpu_runnable_threads 2
            system_cpu_blocked_threads 1
        "#]],
    );
    plugin.change(|facts| facts.cpu = Ok(processors(200)));
    check(
        &mut plugin,
        1000,
        "system_cpu_utilization",
        expect![[r#"
        system_cpu_utilization_ratio 0.3
    "#]],
    );
    plugin.change(|facts| facts.cpu = Ok(processors(300)));
    check(
        &mut plugin,
        2000,
        "system_cpu_core",
        expect![[r#"
        system_cpu_core_utilization_ratio{core="0"} 0.5
        system_cpu_core_utilization_ratio{core="1"} 0.1
    "#]],
    );
}

#[test]
fn a_core_that_goes_offline_ends_and_the_others_keep_their_numbers() {
    let mut plugin = plugin("{}", Facts { cpu: Ok(processors(100)), ..Facts::default() });
    check(&mut plugin, 0, "none", expect![[""]]);
    let mut without_first = processors(200);
    without_first.cores.remove(0);
    plugin.change(|facts| facts.cpu = Ok(without_first));
    check(
        &mut plugin,
        1000,
        "system_cpu_core",
        expect![[r#"
        system_cpu_core_utilization_ratio{core="1"} 0.1
        system_cpu_core_utilization_ratio{core="0"} ended
    "#]],
    );
}

#[test]
fn frequencies_are_asked_for_seldom_where_there_are_none() {
    let mut plugin = plugin(r#"{"per_core": false}"#, Facts { cpu: Ok(processors(100)), ..Facts::default() });
    let asked =
        (0..70u64).filter(|tick| plugin.collect(START + tick * 1000).0.asked.contains("cpu.frequencies")).count();
    assert_eq!(asked, 2);
    plugin.change(|facts| facts.frequencies = Ok(vec![cpu::Frequency { core: 0, hertz: 2_400_000_000 }]));
    let mut off = super::plugin(r#"{"frequency": false}"#, Facts::default());
    assert!(!off.collect(START).0.asked.contains("cpu.frequencies"));
}

fn uses() -> memory::Uses {
    let all = r#"{"active_anonymous":1,"inactive_anonymous":2,"active_file":3,"inactive_file":4,"unevictable":5,"locked":6,
        "anonymous":7,"mapped":8,"kernel_stack":9,"page_tables":10,"secondary_page_tables":0,"per_cpu":12,"vmalloc":13,
        "slab_unreclaimable":14,"kernel_reclaimable":15,"writeback":16,"writeback_temporary":0,"committed":18,"commit_limit":19,
        "hardware_corrupted":0,"balloon":0,"zswap":0,"zswapped":0,"huge_anonymous":24,"huge_shared":0,"huge_file":0,
        "huge_total":10,"huge_free":4,"huge_reserved":1,"huge_surplus":0,"huge_page_bytes":2097152,"huge_all_bytes":0,
        "direct_map_4k":33,"direct_map_2m":34,"direct_map_1g":35}"#;
    serde_json::from_str(all).unwrap()
}

fn paging() -> memory::Paging {
    let all = r#"{"swap_in_pages":3,"swap_out_pages":4,"faults":100,"major_faults":1,"oom_kills":2,"read_bytes":1024,
        "written_bytes":2048,"scanned_background":5,"scanned_direct":6,"reclaimed_background":7,"reclaimed_direct":8,
        "allocation_stalls":9,"compaction_stalls":10,"refaults_anonymous":11,"refaults_file":12,"huge_faults":13,
        "huge_fallbacks":14}"#;
    serde_json::from_str(all).unwrap()
}

#[test]
fn states_of_memory_add_up_to_all_of_it() {
    let snapshot = memory::Snapshot {
        total: 1000,
        available: 600,
        free: 200,
        buffers: 50,
        cached: 300,
        slab_reclaimable: 100,
        shared: 10,
        dirty: 0,
        swap_total: 500,
        swap_free: 400,
        swap_cached: 0,
        uses: uses(),
        paging: Some(paging()),
    };
    let mut plugin = plugin("{}", Facts { memory: Ok(snapshot), ..Facts::default() });
    check(
        &mut plugin,
        0,
        "system_",
        expect![[r#"
            system_memory_usage_bytes{state="used"} 350
            system_memory_usage_bytes{state="free"} 200
            system_memory_usage_bytes{state="buffers"} 50
            system_memory_usage_bytes{state="cached"} 400
            system_memory_limit_bytes 1000
            system_memory_utilization_ratio 0.4
            system_memory_linux_available_bytes 600
            system_memory_linux_slab_usage_bytes{state="reclaimable"} 100
            system_memory_linux_slab_usage_bytes{state="unreclaimable"} 14
            system_memory_dirty_bytes{state="waiting"} 0
            system_memory_dirty_bytes{state="written"} 16
            system_memory_committed_bytes 18
            system_memory_commit_limit_bytes 19
            system_memory_corrupted_bytes 0
            system_memory_detail_bytes{kind="active_anonymous"} 1
            system_memory_detail_bytes{kind="inactive_anonymous"} 2
            system_memory_detail_bytes{kind="active_file"} 3
            system_memory_detail_bytes{kind="inactive_file"} 4
            system_memory_detail_bytes{kind="unevictable"} 5
            system_memory_detail_bytes{kind="locked"} 6
            system_memory_detail_bytes{kind="anonymous"} 7
            system_memory_detail_bytes{kind="mapped"} 8
            system_memory_detail_bytes{kind="shared"} 10
            system_memory_detail_bytes{kind="kernel_stack"} 9
            system_memory_detail_bytes{kind="page_tables"} 10
            system_memory_detail_bytes{kind="per_cpu"} 12
            system_memory_detail_bytes{kind="vmalloc"} 13
            system_memory_detail_bytes{kind="kernel_reclaimable"} 15
            system_memory_detail_bytes{kind="huge_anonymous"} 24
            system_memory_detail_bytes{kind="direct_map_4k"} 33
            system_memory_detail_bytes{kind="direct_map_2m"} 34
            system_memory_detail_bytes{kind="direct_map_1g"} 35
            system_memory_huge_pages{state="used"} 6
            system_memory_huge_pages{state="free"} 4
            system_memory_huge_pages{state="promised"} 1
            system_memory_huge_pages{state="surplus"} 0
            system_memory_huge_page_size_bytes 2097152
            system_paging_usage_bytes{state="used"} 100
            system_paging_usage_bytes{state="free"} 400
            system_paging_utilization_ratio 0.2
            system_paging_operations_total{direction="in"} 3
            system_paging_operations_total{direction="out"} 4
            system_paging_faults_total{type="major"} 1
            system_paging_faults_total{type="minor"} 99
            system_paging_io_bytes_total{direction="read"} 1024
            system_paging_io_bytes_total{direction="write"} 2048
            system_paging_scanned_pages_total{by="background"} 5
            system_paging_scanned_pages_total{by="direct"} 6
            system_paging_reclaimed_pages_total{by="background"} 7
            system_paging_reclaimed_pages_total{by="direct"} 8
            system_paging_stalls_total{for="allocation"} 9
            system_paging_stalls_total{for="compaction"} 10
            system_paging_refaults_total{of="anonymous"} 11
            system_paging_refaults_total{of="file"} 12
            system_paging_huge_faults_total{outcome="given"} 13
            system_paging_huge_faults_total{outcome="fallback"} 14
            system_memory_oom_kills_total 2
        "#]],
    );
    let without_swap = memory::Snapshot { swap_total: 0, swap_free: 0, paging: None, ..snapshot };
    plugin.change(|facts| facts.memory = Ok(without_swap));
    check(
        &mut plugin,
        1000,
        "system_paging",
        expect![[r#"
            system_paging_usage_bytes{state="used"} ended
            system_paging_usage_bytes{state="free"} ended
            system_paging_utilization_ratio ended
            system_paging_operations_total{direction="in"} ended
            system_paging_operations_total{direction="out"} ended
            system_paging_faults_total{type="major"} ended
            system_paging_faults_total{type="minor"} ended
            system_paging_io_bytes_total{direction="read"} ended
            system_paging_io_bytes_total{direction="write"} ended
            system_paging_scanned_pages_total{by="background"} ended
            system_paging_scanned_pages_total{by="direct"} ended
            system_paging_reclaimed_pages_total{by="background"} ended
            system_paging_reclaimed_pages_total{by="direct"} ended
            system_paging_stalls_total{for="allocation"} ended
            system_paging_stalls_total{for="compaction"} ended
            system_paging_refaults_total{of="anonymous"} ended
            system_paging_refaults_total{of="file"} ended
            system_paging_huge_faults_total{outcome="given"} ended
            system_paging_huge_faults_total{outcome="fallback"} ended
        "#]],
    );
}

#[test]
fn pressure_is_told_by_resource_scope_and_window() {
    let stall = |avg10| Stall { avg10, avg60: 0.02, avg300: 0.01, total_micros: 9 };
    let facts = Facts {
        cpu_stalls: Ok(Pressure { some: stall(0.5), full: None }),
        io_stalls: Ok(Pressure { some: stall(0.25), full: Some(stall(0.125)) }),
        ..Facts::default()
    };
    check(
        &mut plugin("{}", facts),
        0,
        "system_",
        expect![[r#"
            system_pressure_stalled_ratio{resource="cpu",scope="some",window="10s"} 0.5
            system_pressure_stalled_ratio{resource="cpu",scope="some",window="60s"} 0.02
            system_pressure_stalled_ratio{resource="cpu",scope="some",window="300s"} 0.01
            system_pressure_stalled_seconds_total{resource="cpu",scope="some"} 0.000009
            system_pressure_stalled_ratio{resource="io",scope="some",window="10s"} 0.25
            system_pressure_stalled_ratio{resource="io",scope="some",window="60s"} 0.02
            system_pressure_stalled_ratio{resource="io",scope="some",window="300s"} 0.01
            system_pressure_stalled_seconds_total{resource="io",scope="some"} 0.000009
            system_pressure_stalled_ratio{resource="io",scope="full",window="10s"} 0.125
            system_pressure_stalled_ratio{resource="io",scope="full",window="60s"} 0.02
            system_pressure_stalled_ratio{resource="io",scope="full",window="300s"} 0.01
            system_pressure_stalled_seconds_total{resource="io",scope="full"} 0.000009
        "#]],
    );
}
