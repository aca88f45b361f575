/** An operator who is not root on the nodes and gives the sudo password in a file; and no secret is seen anywhere but in its place. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {processTexts} from '../../hack/laboratory/process-texts.ts';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({workers: 1});
});
test.after.always(() => stage?.close());

/** Argument lists and environments of every process of this machine, nodes included: their processes are the host's too. */
class Sampler {
	readonly seen = new Set<string>();
	readonly #timer = setInterval(() => this.#sample(), 20);

	#sample(): void {
		for (const {text} of processTexts()) this.seen.add(text);
	}

	stop(): string {
		clearInterval(this.#timer);
		return [...this.seen].join('\n');
	}
}

let run: Run;
let sampled: string;

test.serial('init as a user whose sudo asks for a password', async (t) => {
	t.timeout(600_000);
	const sampler = new Sampler();
	const args = ['init', '-v', '-c', stage.config(undefined, 'carol'), '--sudo-password-file', stage.lab.passwordFile];
	run = await stage.start([...args, '--kubeconfig', stage.kubeconfig]).done;
	sampled = sampler.stop();
	t.is(run.code, 0, run.stderr);
	t.true(sampled.includes('kube-apiserver'), 'the sampler saw the nodes');
	const verified = await stage.kubestrap([
		'verify',
		'-c',
		stage.config(undefined, 'carol'),
		'--sudo-password-file',
		stage.lab.passwordFile,
	]);
	t.is(verified.code, 0, verified.stderr);
});

test.serial('no secret was in an argument, an environment, an event, a log, a journal, or in another file', async (t) => {
	t.timeout(300_000);
	const keys = (
		await stage.ssh('cp1', 'for key in /etc/kubernetes/pki/*.key /etc/kubernetes/pki/etcd/*.key; do sed -n 3p "$key"; done')
	)
		.trim()
		.split('\n');
	const token = (
		await stage.ssh(
			'cp1',
			'kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o go-template=\'{{range .items}}{{index .data "token-secret"}}{{end}}\'',
		)
	).trim();
	const password = readFileSync(stage.lab.passwordFile, 'utf8').trim();
	const canaries = [...keys, token, Buffer.from(token, 'base64').toString(), password];
	t.true(canaries.length > 10 && canaries.every((canary) => canary.length >= 8));

	const logs = join(stage.folder, 'state', 'kubestrap', 'logs');
	const told = {
		'arguments and environments': sampled,
		events: JSON.stringify(run.events),
		stderr: run.stderr,
		'log files': readdirSync(logs)
			.map((name) => readFileSync(join(logs, name), 'utf8'))
			.join('\n'),
	};
	for (const [place, text] of Object.entries(told)) {
		t.deepEqual(
			canaries.filter((canary) => text.includes(canary)).map((canary) => canary.slice(0, 6)),
			[],
			place,
		);
	}
	for (const {name} of stage.lab.nodes) {
		const journal = await stage.ssh(name, 'journalctl --no-pager --output=cat');
		t.deepEqual(
			canaries.filter((canary) => journal.includes(canary)).map((canary) => canary.slice(0, 6)),
			[],
			`journal of ${name}`,
		);
		// etcd keeps what the cluster holds, and kubeconfigs hold keys of their own; everything else must be the key's own file.
		const places = await stage.ssh(
			name,
			`grep -rlF -e ${[...keys.map((key) => key.trim()), token].map((canary) => `'${canary}'`).join(' -e ')} --exclude-dir=etcd /etc /root /home /opt /run /tmp /usr /var 2>/dev/null | sort || true`,
		);
		t.deepEqual(
			places.split('\n').filter((path) => path !== '' && !path.startsWith('/etc/kubernetes/pki/')),
			[],
			name,
		);
	}
});
