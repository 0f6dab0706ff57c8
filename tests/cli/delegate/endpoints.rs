//! A few places in the network, and no others.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;

use super::{Case, Project, untested_without_a_room};

/// A server that says `welcome` to whoever comes; its port.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 1000]);
            let _ = client.write_all(b"HTTP/1.0 200 OK\r\n\r\nwelcome\n");
        }
    });
    port
}

/// A line of bash that asks the proxy for something.
fn ask(request: &str) -> String {
    format!(
        "exec 3<>/dev/tcp/127.0.0.1/${{HTTP_PROXY##*:}} && printf '{request}\\r\\n\\r\\n' >&3 && timeout 5 cat <&3 | head -c 300; exec 3>&-; echo"
    )
}

#[test]
fn a_gate_reaches_what_it_names_and_nothing_else() {
    let project = Project::on_disk();
    let (open, shut) = (server(), server());
    let script = [
        ask(&format!("GET http://127.0.0.1:{open}/ HTTP/1.0")),
        ask(&format!("CONNECT 127.0.0.1:{open} HTTP/1.1")),
        ask(&format!("GET http://127.0.0.1:{shut}/ HTTP/1.0")),
        ask("CONNECT evil.example:443 HTTP/1.1"),
        format!("(: </dev/tcp/127.0.0.1/{open}) 2>/dev/null && echo direct"),
        "false".to_owned(),
    ];
    std::fs::create_dir_all(project.sign("bin")).unwrap();
    project.repo.write("gate.sh", &(script.join("\n") + "\n"));
    project.repo.write(".cmpm/config.yaml", &format!("gates:\n  - {{name: few, network: [\"127.0.0.1:{open}\"], run: bash gate.sh}}\n"));
    project.repo.commit_all("a gate");
    project.repo.cmpm(["trust", "--yes"]).success();
    let run = project.perform("writer", &[], &[Case { title: "Gate", script: "echo more >> docs/a.md" }]).remove(0);
    if !run["status"]["sandbox"].as_str().unwrap().starts_with("namespaces") {
        return untested_without_a_room("a few places in the network");
    }
    assert_eq!(run["outcome"], "gate_failed", "{run:#}");
    let said = std::fs::read_to_string(project.job(run["run"].as_str().unwrap(), "attempt-1/gate-0/stdout")).unwrap();
    let count = |text: &str| said.matches(text).count();
    assert_eq!((count("welcome"), count("200 Connection established"), count("403 Forbidden"), count("direct")), (1, 1, 2, 0), "{said}");
    assert!(is_refused(&run["status"]["gates"][0], &["127.0.0.1", "evil.example:443"]), "{run:#}");
}

fn is_refused(gate: &Value, places: &[&str]) -> bool {
    let detail = gate["detail"].as_str().unwrap();
    detail.contains("it was refused") && places.iter().all(|place| detail.contains(place))
}

#[test]
fn what_an_agent_asked_for_is_on_its_page() {
    let project = Project::on_disk();
    let (open, shut) = (server(), server());
    let runner = format!(
        "schema: cmpm.runner/1\nname: few\ndescription: x\ninstall: x\ndetect: {{program: bash}}\nargv: [bash, -c, \"{}\"]\n\
         network: [\"127.0.0.1:{open}\"]\noutput: {{format: text}}\n",
        "bash docs/script; echo more >> docs/a.md"
    );
    let script = [ask(&format!("GET http://127.0.0.1:{open}/ HTTP/1.0")), ask(&format!("GET http://127.0.0.1:{shut}/ HTTP/1.0"))];
    project.repo.write("docs/script", &(script.join("\n") + "\n"));
    project.repo.write(".cmpm/runners/few.yaml", &runner);
    project.repo.commit_all("a runner");
    project.repo.cmpm(["trust", "--yes"]).success();
    let ticket = project.ticket("Few");
    project.repo.cmpm(["delegate", "run", &ticket, "--agent", "writer", "--runner", "few"]).success();
    let review = project.repo.cmpm(["delegate", "review"]).success().stdout;
    if !review.contains("sandbox: namespaces") {
        return untested_without_a_room("a few places in the network");
    }
    assert!(review.contains(&format!("- network: it went to 127.0.0.1:{open}; it was refused 127.0.0.1:{shut}\n")), "{review}");
    assert!(review.contains("enforced: write, read, modes, sockets, network, processes, devices, disk\n"), "{review}");
}

/// The runner reaches all; each role what is left of it.
#[test]
fn a_role_narrows_what_its_runner_reaches() {
    let project = Project::on_disk();
    let (open, shut) = (server(), server());
    let tries = |port: u16| format!("bash -c ': </dev/tcp/127.0.0.1/{port}' 2>/dev/null && echo reached {port} >> docs/a.md");
    let asks = ask(&format!("GET http://127.0.0.1:{open}/ HTTP/1.0")) + "; " + &ask(&format!("GET http://127.0.0.1:{shut}/ HTTP/1.0"));
    project.repo.write("docs/script", &asks);
    let roles = [("all", String::new()), ("none", "network: false\n".to_owned()), ("few", format!("network: [\"127.0.0.1:{open}\"]\n"))];
    for (name, network) in &roles {
        project.repo.write(
            &format!(".cmpm/agents/{name}.md"),
            &format!("---\nname: {name}\ndescription: x\nwrite: [docs/**]\n{network}---\n\nDo it.\n"),
        );
    }
    project.repo.commit_all("roles");
    let script = format!("{}; test -z \"$HTTP_PROXY\" || bash docs/script; echo more >> docs/a.md", tries(shut));
    for (name, reached) in [("all", true), ("none", false), ("few", false)] {
        let run = project.perform(name, &[], &[Case { title: name, script: &script }]).remove(0);
        if !run["status"]["sandbox"].as_str().unwrap().starts_with("namespaces") {
            return untested_without_a_room("what a role may reach");
        }
        let (id, risk) = (run["run"].as_str().unwrap(), run["risk"]["network"]["is"].clone());
        assert_eq!((run["outcome"].as_str(), risk == true), (Some("passed"), name != "none"), "{run:#}");
        let diff = project.repo.cmpm(["delegate", "diff", id]).success().stdout;
        assert_eq!(diff.contains("reached"), reached, "{name}: {diff}");
        let printed = project.repo.cmpm(["delegate", "logs", id]).stdout;
        assert_eq!((printed.contains("welcome"), printed.contains("403 Forbidden")), (name == "few", name == "few"), "{name}: {printed}");
    }
}
