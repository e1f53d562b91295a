//! Two loops on one repository: a claim, a refusal with its witness, a hand-over, a brief.

#![forbid(unsafe_code)]

use std::error::Error;

use loom_core::claim::{ClaimReply, HandOverReply, Met};
use loom_core::coordinator::Reply;
use loom_core::model::{Actor, ActorKind};
use loom_core::wire::{Query, QueryReply};
use loom_store::Loom;

fn main() -> Result<(), Box<dyn Error>> {
    let loom = Loom::in_memory(); // or Loom::open("journal.db")?
    let ada = Actor::new(ActorKind::Human, "ada")?;
    let fixer = Actor::new(ActorKind::Loop, "fixer")?.in_run("fix-auth".parse()?);
    let tidier = Actor::new(ActorKind::Loop, "tidier")?.in_run("tidy-tests".parse()?);
    // Bodies are typed too; JSON is what every language has.
    let want = |who: &Actor, body: &str| -> Result<Reply, Box<dyn Error>> {
        Ok(loom.execute(who, serde_json::from_str(body)?)?.reply)
    };
    let shop = r#"{"type": "register_repo", "id": "shop", "default_branch": "main"}"#;
    want(&ada, r#"{"type": "create_journal", "workspace": "acme"}"#)?;
    want(&ada, shop)?;
    want(&fixer, r#"{"type": "start_run", "run": "fix-auth"}"#)?;
    want(&tidier, r#"{"type": "start_run", "run": "tidy-tests"}"#)?;
    let login = claim("fix the login", "src/auth/{login,logout}*");
    let tests = claim("tidy up", "src/**/*_test.rs");

    let granted = want(&fixer, &login)?;
    println!("fixer asks for src/auth: {}", told(&granted));
    let refused = want(&tidier, &tests)?;
    println!("tidier asks for the tests: {}", told(&refused));
    if let Reply::Claim { claim, .. } = granted
        && let ClaimReply::Granted { token, .. } = claim
    {
        let body = format!(r#"{{"type": "hand_over", "token": "{token}", "to": "tidy-tests"}}"#);
        println!("fixer is done: {}", told(&want(&fixer, &body)?));
    }
    let granted = want(&tidier, &tests)?;
    println!("tidier asks again: {}", told(&granted));

    let specs = r#"[{"repo": "shop", "paths": ["src/**"]}]"#;
    let brief = format!(r#"{{"type": "brief", "run": "fix-auth", "specs": {specs}}}"#);
    if let QueryReply::Brief { rendered, .. } = loom.query(&Query::from_json(&brief)?)?.reply {
        print!("\n{}", rendered.text);
    }
    Ok(())
}

fn claim(intent: &str, paths: &str) -> String {
    let specs = format!(r#"[{{"repo": "shop", "paths": ["{paths}"]}}]"#);
    let head = r#""type": "claim", "mode": "write", "ttl_ms": 60000"#;
    format!(r#"{{{head}, "intent": "{intent}", "specs": {specs}}}"#)
}

fn told(reply: &Reply) -> String {
    let claim = match reply {
        Reply::HandOver { claim } => match claim {
            HandOverReply::HandedOver { .. } => return "handed_over".into(),
            _ => return "refused".into(),
        },
        Reply::Claim { claim, .. } => claim,
        _ => return "done".into(),
    };
    let ClaimReply::Refused { meetings, .. } = claim else {
        return "granted".into();
    };
    match meetings.list.first().map(|meeting| &meeting.met) {
        Some(Met::Path { witness, .. }) => {
            let path = witness.as_deref().unwrap_or("some path");
            format!("refused, both may touch {path}")
        }
        _ => "refused".into(),
    }
}
