/** What the machines of each system would be told, word by word: for those that no test machine runs, this is all the proof there is. `UPDATE_GOLDENS=1` writes them anew. */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Facts} from '../../src/model.ts';
import {systems} from '../../src/packages/systems.ts';
import {firewall} from '../../src/phases/firewall.ts';
import {hostName} from '../../src/phases/host-name.ts';
import {hosts} from '../../src/phases/hosts.ts';
import {kernel} from '../../src/phases/kernel.ts';
import {packages} from '../../src/phases/packages.ts';
import {swap} from '../../src/phases/swap.ts';
import {timeSync} from '../../src/phases/time-sync.ts';
import {compile} from '../../src/steps/compile.ts';
import {emptyLock} from '../run/values.ts';
import {scopesOf} from './cluster.ts';

const folder = join(import.meta.dirname, '..', 'golden', 'systems');
const output = (stdout: string) => ({code: 0, stdout, stderr: ''});
const spec = '  os: {tools: install, timeSync: install, hostname: set, hosts: block}\n';
const phases = [packages, timeSync, hostName, hosts, swap, kernel, firewall];

/** Bare machines with what their installer leaves: no tools, a firewall where one is usual, a swap unit each. */
function facts(row: (typeof systems)[number]): Partial<Facts> {
	const [id = ''] = row.ids;
	const names = {debian: ['debian'], redhat: ['rhel', 'fedora'], suse: ['suse', 'opensuse']}[row.names];
	const usual = /^(ufw|firewalld)/.exec(row.firewall)?.[1] ?? 'chains\nloader nftables.service';
	return {
		os: {id, idLike: names, versionId: row.version ?? '9', pretty: row.name},
		probes: {
			paths: output('losetup\nmount\nmodprobe\nsysctl\n'),
			closedFirewalls: output(`${usual}\n`),
			nextSwap: output('unit dev-zram0.swap\tzram-generator\n'),
		},
		files: {'/etc/fstab': {mode: '0644', owner: 'root:root', size: 1, text: '/dev/sda2 none swap sw 0 0\n'}},
	};
}

for (const row of systems) {
	test(`${row.name}: its machines are told what they were told`, (t) => {
		const {cp1} = scopesOf(
			[
				{name: 'cp1', facts: facts(row)},
				{name: 'w1', role: 'worker'},
			],
			{spec},
		);
		const planned = phases.map((phase) => ({
			name: phase.name,
			title: phase.title,
			background: false,
			needs: [],
			steps: phase.steps(cp1!),
		}));
		const context = {lock: emptyLock, urls: () => [], criSocket: 'unix:///run/c.sock'};
		const program = compile({name: 'golden', awaits: [], phases: planned}, context);
		// The constant functions are every program's; what is this machine's own are the calls, and the files beside them.
		const [own = ''] = program.text
			.slice(program.text.indexOf('phase_0() {'))
			.replaceAll(/(?<= )[0-9a-f]{16} /g, '')
			.split('\nwalk() {');
		const files = program.files.flatMap(({name, content}) =>
			name.startsWith('f.') && typeof content === 'string' ? [`--- ${name}\n${content}`] : [],
		);
		const text = [own, ...files]
			.join('\n')
			.replaceAll(/'set -uf\n[\s\S]*?\n'(?= )/g, "'…the program that opens firewalls…'")
			.replaceAll(/(--- f\.\d+\nset -uf\n)[\s\S]*?(?=\n---|$)/g, '$1…\n');
		const file = join(folder, `${row.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.sh`);
		if (process.env.UPDATE_GOLDENS !== undefined) {
			mkdirSync(folder, {recursive: true});
			writeFileSync(file, text);
		}
		t.is(text, readFileSync(file, 'utf8'));
	});
}
