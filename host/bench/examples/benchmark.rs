//! Runs the suite in a folder and prints the table, or JSON: `benchmark FOLDER [only] [quick] [json]`. For comparing
//! figures with other tools without the whole program.

use autobot_bench::{Progress, RunOptions, Suite, Targets, report, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let folder = words.first().ok_or("benchmark FOLDER [only] [quick] [json]")?;
    let mut options = RunOptions::new(Suite::System, folder);
    options.quick = words.iter().any(|word| word == "quick");
    options.only = words.iter().skip(1).find(|word| !matches!(word.as_str(), "quick" | "json")).cloned();
    let run = run(&options, &Targets::shipped()?, &mut |event| {
        if let Progress::Started { index, of, test } = event {
            eprintln!("{}/{of} {}", index + 1, test.title);
        }
    })?;
    if words.iter().any(|word| word == "json") {
        println!("{}", report::json(&run)?);
    } else {
        print!("{}", report::table(&run));
    }
    Ok(())
}
