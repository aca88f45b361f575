/** A line that is cut, and an operator that dies: the work goes on, the next run settles it, and there is never a second CA. */
import test from 'ava';
import type {Event} from '../../src/model.ts';
import {Stage} from './stage.ts';

const full = process.env.KUBESTRAP_FULL === '1';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open();
});
test.after.always(() => stage?.close());

const begins =
	(phase: string, node = 'cp1') =>
	(event: Event) =>
		event.type === 'phase' && event.phase === phase && event.node === node && event.state === 'started';

const fingerprint = (run: Stage) =>
	run.ssh('cp1', 'sha256sum /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/ca.key /etc/kubernetes/pki/sa.key');

const cuts = full
	? ['runtime', 'kubelet', 'certificates', 'control-plane', 'wait-api-server', 'cluster-config']
	: ['runtime', 'control-plane', 'cluster-config'];

test.serial('packets are dropped for 20 s in the middle of phases: the run goes on and ends well', async (t) => {
	t.timeout(600_000);
	await stage.freshNodes();
	const running = stage.init();
	for (const phase of cuts) {
		await running.seen(begins(phase));
		await stage.lab.cut('cp1', true);
		// The time that packets are lost is what is tested, not something that is waited for.
		await new Promise((resolve) => setTimeout(resolve, 20_000));
		await stage.lab.cut('cp1', false);
	}
	const run = await running.done;
	t.is(run.code, 0, run.stderr);
});

for (const [where, phase] of [
	['while the authorities are born', 'authorities'],
	['while a unit writes', 'kubelet'],
	['before the objects', 'cluster-config'],
] as const) {
	test.serial(`the operator is killed ${where}: the next run settles, converges, and there is one CA`, async (t) => {
		t.timeout(600_000);
		await stage.freshNodes();
		const first = stage.init();
		await first.seen(begins(phase));
		first.kill('SIGKILL');
		await first.done;
		const born = await fingerprint(stage).catch(() => undefined);
		const second = await stage.init().done;
		t.is(second.code, 0, second.stderr);
		if (born !== undefined) t.is(await fingerprint(stage), born);
		const clients = await stage.ssh(
			'cp1',
			'cd /etc/kubernetes/pki && for crt in apiserver apiserver-kubelet-client; do openssl verify -CAfile ca.crt $crt.crt || exit 1; done; for conf in admin controller-manager scheduler; do grep certificate-authority-data ../$conf.conf; done | sort -u | wc -l',
		);
		t.regex(clients, /\n1\n$/);
		const third = await stage.init().done;
		t.is(third.summary.changed, 0, JSON.stringify(third.events.filter(({state}) => state === 'changed')));
	});
}
