//! Ordinary programs under the virtual clock: shells, coreutils, git, Python, Node.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::Command;
use std::time::Duration;
use support::{Folder, World, has, isolated, python};

/// Runs a command to its end: what it wrote, and the virtual milliseconds.
fn run(command: &mut Command) -> (String, u128) {
    let mut world = World::new();
    let text = world.output_of(command);
    (text, world.coordinator.now().as_millis())
}

#[test]
fn shells_sleep_wait_and_time_out() {
    isolated("shells_sleep_wait_and_time_out", || {
        let script = "sleep 5 & sleep 2; wait; date -u +%s; timeout 20 sleep 50; echo $?";
        let expected = "1767225605\n124\n";
        assert_eq!(
            run(Command::new("sh").args(["-c", script])),
            (expected.into(), 25_000)
        );
        if has("bash") {
            let script = "SECONDS=0; read -t 30 x < <(sleep 100); r=$?; echo $((r > 128)) $SECONDS
                timeout -k 5 10 sh -c 'trap : TERM; sleep 100; sleep 100' 2>/dev/null
                echo $SECONDS; sleep 1000 & kill %1; wait %1; echo $?; sleep infinity & kill $!";
            let mut world = World::new();
            let pid = world.capture(Command::new("bash").args(["-c", script]));
            world.run_until_exit(pid);
            assert_eq!(world.coordinator.now(), Duration::from_secs(45));
            world.run(None);
            assert_eq!(world.output(pid), "1 30\n45\n143\n");
        }
    });
}

#[test]
fn git_makes_a_repository() {
    isolated("git_makes_a_repository", || {
        if !has("git") {
            return;
        }
        let folder = Folder::new("git");
        let script = "git init -q . && echo text >file && git add file &&
            git -c user.name=n -c user.email=e commit -q -m first && git log --format=%ct%s";
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .current_dir(folder.path())
            .env("HOME", folder.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        assert_eq!(run(&mut command), ("1767225600first\n".into(), 0));
    });
}

#[test]
fn python_waits_in_every_way() {
    isolated("python_waits_in_every_way", || {
        let Some(mut python) = python() else { return };
        let script = "
import asyncio, queue, select, signal, subprocess, threading, time
start = time.time()
up = time.monotonic()
def at(): print(round(time.time() - start, 3), round(time.monotonic() - up, 3))
time.sleep(100); at()
threading.Event().wait(50); at()
select.select([], [], [], 25); at()
try: queue.Queue().get(timeout=10)
except queue.Empty: at()
lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=5); at()
thread = threading.Thread(target=time.sleep, args=(30,)); thread.start(); thread.join(3); at()
thread.join(); at()
try: subprocess.run(['sleep', '100'], timeout=30)
except subprocess.TimeoutExpired: at()
async def both():
    try: await asyncio.wait_for(asyncio.sleep(10), 3)
    except asyncio.TimeoutError: at()
    process = await asyncio.create_subprocess_exec('sleep', '4'); await process.wait(); at()
asyncio.run(both())
signal.signal(signal.SIGALRM, lambda *_: at()); signal.alarm(7); signal.pause()
";
        let (text, _) = run(python.args(["-c", script]));
        let times = [100, 150, 175, 185, 190, 193, 220, 250, 253, 257, 264];
        let expected: String = times.map(|time| format!("{time}.0 {time}.0\n")).concat();
        assert_eq!(text, expected);
    });
}

#[test]
fn node_waits_in_every_way() {
    isolated("node_waits_in_every_way", || {
        if !has("node") {
            return;
        }
        let folder = Folder::new("node");
        let script = "
const { spawn, spawnSync } = require('child_process'), http = require('http'), fs = require('fs');
const { Worker } = require('worker_threads');
const start = Date.now(), begin = performance.now();
const at = (what) => console.log(what, Date.now() - start, Math.round(performance.now() - begin));
const sleep = (time) => new Promise((done) => setTimeout(done, time));
const cell = () => new Int32Array(new SharedArrayBuffer(4));
(async () => {
  at('start');
  await sleep(700000); at('timer');
  Atomics.wait(cell(), 0, 0, 90000); at('atomics');
  spawnSync('sleep', ['3600']); at('child');
  at(spawnSync('sleep', ['1000'], { timeout: 60000 }).error.code);
  await new Promise((done) => {
    const source = `const { parentPort } = require('worker_threads');
      setTimeout(() => parentPort.postMessage('worker'), 25000)`;
    const worker = new Worker(source, { eval: true });
    worker.on('message', at); worker.on('exit', done);
  });
  const long = spawn('sleep', ['100000']);
  setTimeout(() => long.kill(), 500000);
  await new Promise((done) => long.on('exit', (code, signal) => { at(signal); done(); }));
  await new Promise((done) => {
    const server = http.createServer((_, answer) => setTimeout(() => answer.end('ok'), 30000));
    server.listen(0, '127.0.0.1', () => {
      http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, (answer) => {
        answer.resume();
        answer.on('end', () => { at('http'); server.close(); done(); });
      });
    });
  });
  const late = `setTimeout(() => require('fs').writeFileSync('late', ''), 40000)`;
  spawn(process.execPath, ['-e', late], { detached: true, stdio: 'ignore' }).unref();
  while (!fs.existsSync('late')) await sleep(1000);
  at('detached');
  process.exit(0);
})();";
        let mut command = Command::new("node");
        let (text, _) = run(command.args(["-e", script]).current_dir(folder.path()));
        let mut lines = Vec::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(words[1], words[2], "{line}");
            lines.push(format!("{} {}", words[0], words[1]));
        }
        let expected = [
            "start 0",
            "timer 700000",
            "atomics 790000",
            "child 4390000",
            "ETIMEDOUT 4450000",
            "worker 4475000",
            "SIGTERM 4975000",
        ];
        assert_eq!(lines[..7], expected);
        // The server's own timers may come in between by a millisecond.
        let http: u64 = lines[7].strip_prefix("http ").unwrap().parse().unwrap();
        assert!((5_005_000..5_005_010).contains(&http), "{http}");
        let detached: u64 = lines[8].strip_prefix("detached ").unwrap().parse().unwrap();
        assert!(
            (http + 40_000..=http + 41_000).contains(&detached),
            "{detached}"
        );
    });
}

#[test]
fn a_thousand_polls_are_exact_every_time() {
    isolated("a_thousand_polls_are_exact_every_time", || {
        if !has("node") {
            return;
        }
        let script = "const { spawn } = require('child_process');
const start = Date.now(); let last = start, ticks = 0, wrong = 0;
spawn(process.execPath, ['-e', 'setTimeout(() => {}, 70000)']).on('exit',
  (code) => console.log('exit', code, Date.now() - start));
const timer = setInterval(() => {
  ticks++; const now = Date.now(); if (now - last !== 100) wrong++; last = now;
  if (ticks === 1000) { clearInterval(timer); console.log(ticks, wrong, now - start); }
}, 100);";
        let (text, _) = run(Command::new("node").args(["-e", script]));
        assert_eq!(text, "exit 0 70000\n1000 0 100000\n");
    });
}
