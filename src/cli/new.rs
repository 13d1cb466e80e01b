//! `rescue-harness new`.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use clap::ValueEnum;

use super::arguments::NewArguments;
use super::exit::{Exit, Stop, written};
use crate::nearest::nearest;
use crate::new::{FILE, Template, schema};
use crate::run::quoted;

pub(super) fn run(arguments: &NewArguments) -> Result<Exit, Stop> {
    let name = arguments.name.trim_end_matches(".yaml");
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    if name.is_empty() || !inside {
        let help = "give a path below the folder of the scenarios, for example review/late-cancel";
        return Err(Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "`{}` is no name of a scenario", arguments.name),
        ));
    }
    let path = arguments.folder.join(format!("{name}.yaml"));
    if path.exists() {
        let help = "give another name, or remove the file";
        return Err(Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "{} is there already", path.display()),
        ));
    }
    let ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    let template = match arguments.kind {
        Some(template) => template,
        None if ask => asked_template()?,
        None => Template::Foreground,
    };
    let title = match &arguments.title {
        Some(title) => title.clone(),
        None if ask => asked("What must be true, in one sentence?", template.title())?,
        None => template.title().to_owned(),
    };
    let source = match &arguments.source {
        None if ask => Some(asked(
            "Where does it come from (a row such as F17, a report such as #49)?",
            "",
        )?)
        .filter(|text| !text.is_empty()),
        source => source.clone(),
    };
    let failed = |path: &Path, error: io::Error| {
        let help = "the folder must be writable";
        Stop::new(
            Exit::Usage,
            miette::miette!(help = help, "cannot write {}: {error}", path.display()),
        )
    };
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
        .map_err(|error| failed(&path, error))?;
    let schema_path = arguments.folder.join(FILE);
    if !schema_path.exists() {
        std::fs::write(&schema_path, schema()).map_err(|error| failed(&schema_path, error))?;
    }
    std::fs::write(&path, template.text(name, &title, source.as_deref()))
        .map_err(|error| failed(&path, error))?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    let word = match path.display().to_string() {
        path if path.chars().all(plain) => path,
        path => quoted(&path),
    };
    let path = path.display();
    written(writeln!(
        anstream::stdout(),
        "wrote {path}\nrun it:  rescue-harness run {word}"
    ))?;
    Ok(Exit::Held)
}

fn asked(question: &str, usual: &str) -> Result<String, Stop> {
    let hint = if usual.is_empty() {
        String::new()
    } else {
        format!(" [{usual}]")
    };
    let _ = write!(anstream::stderr(), "{question}{hint} ");
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => Err(Stop::new(
            Exit::Usage,
            miette::miette!(
                help = "give --title, --source and --kind",
                "there is no answer"
            ),
        )),
        Ok(_) if line.trim().is_empty() => Ok(usual.to_owned()),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(Stop::new(
            Exit::Usage,
            miette::miette!("cannot read the answer: {error}"),
        )),
    }
}

fn asked_template() -> Result<Template, Stop> {
    for template in Template::value_variants() {
        let value = template.to_possible_value();
        let name = value
            .as_ref()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default();
        let help = value
            .and_then(|value| value.get_help().map(ToString::to_string))
            .unwrap_or_default();
        let _ = writeln!(anstream::stderr(), "  {name:<11} {help}");
    }
    let names = || {
        Template::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
    };
    loop {
        let answer = asked("What does it begin with?", "foreground")?;
        if let Ok(template) = Template::from_str(&answer, true) {
            return Ok(template);
        }
        let known: Vec<String> = names().map(|value| value.get_name().to_owned()).collect();
        let hint = nearest(&answer, known.iter().map(String::as_str));
        let hint = hint.map_or(String::new(), |close| format!("; did you mean {close}?"));
        let _ = writeln!(anstream::stderr(), "there is no `{answer}`{hint}");
    }
}
