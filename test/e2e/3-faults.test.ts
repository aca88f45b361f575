/** What goes wrong in the wild: the error names node, step, cause and remedy, and the same command converges once it is mended. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({workers: 0});
});
test.after.always(() => stage?.close());

/** Everything that the operator was told. */
const told = (run: Run) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;

test.serial('a wrong host key is refused', async (t) => {
	t.timeout(60_000);
	const config = stage.config((text) =>
		text.replace(/hostKey: "SHA256:[^"]*"/, 'hostKey: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"'),
	);
	const run = await stage.init(config).done;
	t.is(run.code, 4, told(run));
	t.regex(told(run), /cp1/);
	t.regex(told(run), /host key/i);
	t.notRegex(
		await stage.ssh('cp1', 'journalctl -u ssh --since -1min --no-pager | grep -v "lab" | tail -n 5'),
		/Accepted publickey.*preauth/,
	);
});

test.serial('a flipped byte in a binary, then a dead mirror: nothing is installed from them; mended, it converges', async (t) => {
	t.timeout(300_000);
	const lock = join(stage.folder, 'flipped.lock');
	const text = readFileSync(stage.lab.lockFile, 'utf8');
	writeFileSync(
		lock,
		text.replace(/(kubelet\/v1\.37\.1\/amd64[\s\S]*?sha256: "?)([0-9a-f]{64})/, (_, before: string) => before + '0'.repeat(64)),
	);
	const flipped = stage.config((config) => config.replace(/lock: .*/, `lock: ${JSON.stringify(lock)}`));
	const first = await stage.start(['init', '-c', flipped], {XDG_CACHE_HOME: join(stage.folder, 'cache1')}).done;
	t.is(first.code, 5, told(first));
	t.regex(told(first), /kubelet/);
	t.regex(told(first), /sha256|digest/i);
	t.is(await stage.ssh('cp1', 'ls /usr/bin/kubelet 2>/dev/null || true'), '');

	await stage.lab.mirror(false);
	const second = await stage.start(['init', '-c', stage.config()], {XDG_CACHE_HOME: join(stage.folder, 'cache2')}).done;
	t.is(second.code, 5, told(second));
	t.regex(told(second), /ECONNREFUSED|refused/i);
	await stage.lab.mirror(true);
});

test.serial('a port that is taken is a finding of preflight with its name; a full disk names the disk', async (t) => {
	t.timeout(300_000);
	await stage.freshNodes();
	await stage.ssh(
		'cp1',
		'systemd-run --quiet --unit=thief python3 -m http.server 6443 || systemd-run --quiet --unit=thief socat TCP-LISTEN:6443,fork /dev/null',
	);
	const taken = await stage.init().done;
	t.is(taken.code, 3, told(taken));
	t.regex(told(taken), /Port-6443/);
	await stage.ssh('cp1', 'systemctl stop thief');
});

test.serial('a full disk is named with node and step; with room again the same command converges', async (t) => {
	t.timeout(300_000);
	await stage.ssh('cp1', 'mkdir -p /opt/cni && mount -t tmpfs -o size=8m tmpfs /opt/cni');
	const small = await stage.init().done;
	t.is(small.code, 3, told(small));
	t.regex(told(small), /"DiskSpace".*\/opt\/cni/);
	// Whoever thinks that it is enough hears it from the step.
	const full = await stage.start(['init', '-c', stage.config(), '--ignore-preflight-errors', 'DiskSpace']).done;
	t.is(full.code, 5, told(full));
	t.regex(told(full), /cp1/);
	t.regex(told(full), /cni-plugins|runtime/);
	t.regex(told(full), /No space left|disk/i);
	await stage.ssh('cp1', 'umount /opt/cni');
	const mended = await stage.init().done;
	t.is(mended.code, 0, told(mended));
});
