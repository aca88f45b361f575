/** Forty states of real machines, each made for real: preflight names it at its node, says nothing else, and nothing any more once it is mended. */
import {env} from 'node:process';
import test from 'ava';
import type {Finding} from '../../src/model.ts';
import {keep, type Result, resultOf} from '../faults/ledger.ts';
import {news, openPlay, type Play} from '../faults/play.ts';
import {faults} from '../faults/rows.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let play: Play;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({name: env.KUBESTRAP_LAB ?? 'preflight'});
	play = await openPlay(stage.lab);
});
test.after.always(async () => {
	await play?.close();
	await stage?.close();
});

/** What a container is told, whatever its state: see README. And a host whose disk is nearly full is nobody's mistake here. */
const ofContainers = [
	'SystemVerification',
	'CapSysResource',
	'SwapOfHost',
	'InotifyInstances',
	'KernelModules',
	'DiskSpace',
	'EtcdDisk',
];
const shown = (findings: readonly Finding[]) =>
	findings.map(({node, level, id, evidence}) => `${node} ${level} ${id}: ${evidence}`).join('\n');

let clean: readonly Finding[];

test.serial('clean machines: not one false alarm', async (t) => {
	t.timeout(60_000);
	clean = await play.look();
	const alarms = clean.filter(({id, level}) => level === 'error' || !ofContainers.includes(id));
	t.deepEqual(alarms, [], shown(alarms));
});

const results: Result[] = [];

for (const fault of faults.filter(({tier}) => tier !== 'uml'))
	test.serial(`${fault.id}: ${fault.what}`, async (t) => {
		t.timeout(60_000);
		let found: Finding[];
		try {
			await play.shell(fault.on, fault.inject);
			if (fault.proof?.phases !== undefined) {
				const file = stage.config();
				const run = await stage.kubestrap(['init', '-c', file, '--only-phases', fault.proof.phases.join(',')]);
				t.is(run.code, 0, run.stderr);
			}
			found = news(await play.look(fault.config), clean);
			if (fault.proof !== undefined) await play.shell(fault.on, fault.proof.sh);
		} finally {
			await play.shell(fault.on, `${fault.mend}\n:`);
		}
		const answers = found.filter(({id}) => id === fault.finds);
		const others = found.filter(({id}) => id !== fault.finds && !fault.also?.includes(id));
		t.deepEqual(others, [], shown(found));
		if (fault.finds !== undefined) {
			t.is(
				new Set(answers.map(({node}) => node)).size,
				new Set(fault.config === 'names' ? ['twin'] : fault.on).size,
				shown(found),
			);
			t.true(answers.every(({level}) => level === (fault.level ?? 'error')));
			t.true(answers.every(({remedy}) => remedy !== ''));
			for (const {evidence} of answers) t.regex(evidence, fault.says ?? /./);
		}
		results.push(resultOf(fault, found));
	});

test.serial('init looks between machines too, and changes nothing where one cannot be reached', async (t) => {
	t.timeout(60_000);
	const drop = 'INPUT -p tcp --dport 6443 -j REJECT --reject-with tcp-reset';
	await play.shell(['cp1'], `iptables -I ${drop}`);
	try {
		const run = await stage.init().done;
		t.is(run.code, 3, run.stderr);
		const found = run.events.filter(({type}) => type === 'check').map(({node, detail}) => `${node} ${(detail as Finding).id}`);
		t.true(found.includes('cp1 Unreachable-6443'), found.join('\n'));
		await play.shell(['cp1', 'w1'], 'test ! -e /var/lib/kubestrap/cluster.json && test ! -e /etc/kubernetes');
	} finally {
		await play.shell(['cp1'], `iptables -D ${drop}`);
	}
});

test.serial('all mended: the machines are as they were', async (t) => {
	t.timeout(60_000);
	const found = news(await play.look(), clean);
	t.deepEqual(found, [], shown(found));
	keep(results);
});

test.serial('the look leaves nothing: no process, no file, no unit', async (t) => {
	t.timeout(60_000);
	await play.shell(
		['cp1', 'w1'],
		'! pgrep -f [s]ystemd-socket-activate && test -z "$(ls -d /run/kubestrap-* /etc/.kubestrap* /var/lib/.kubestrap* 2>/dev/null)" && test ! -e /var/lib/kubestrap && ! systemctl list-units --all --plain --no-legend | grep kubestrap',
	);
	t.pass();
});
