/** `hack/bench`: plays the scenarios, prints the table, and writes it for README. */
import {writeFileSync} from 'node:fs';
import {cpus, release, totalmem} from 'node:os';
import {join} from 'node:path';
import {argv, execPath, exit, stdout, version} from 'node:process';
import {parseArgs} from 'node:util';
import {artifactVersions, defaultKubernetesVersion} from '../../src/versions.ts';
import {run, tell} from '../laboratory/command.ts';
import {repository} from '../laboratory/places.ts';
import {bareNode, firstRequest, preparedInit} from './cluster.ts';
import {copy} from './copy.ts';
import {fifty} from './fifty.ts';
import {fleet, threeControlPlanes} from './fleet.ts';
import {manyHosts} from './many-hosts.ts';
import {closeBench} from './nodes.ts';
import {nothingToDo} from './nothing.ts';
import {bundleToFive} from './offline.ts';
import {markdown, table} from './page.ts';
import {pull} from './pull.ts';
import {sameCertificates} from './same-certificates.ts';
import {sameTasks} from './same-tasks.ts';
import {play, type Result, type Scenario} from './scenario.ts';
import {start} from './start.ts';

const scenarios: readonly Scenario[] = [
	preparedInit,
	firstRequest,
	bareNode,
	threeControlPlanes,
	fleet,
	bundleToFive,
	nothingToDo,
	sameTasks,
	manyHosts,
	fifty,
	sameCertificates,
	copy,
	pull,
	start,
];
const rows = [...new Set(scenarios.flatMap(({measures}) => measures.map(({row}) => row)))];
const file = join(import.meta.dirname, 'results.md');

const usage = `hack/bench: how fast, against what; both sides in turn, medians

  hack/bench [--runs 3] [--only ROW]   ROW is one of ${rows.join(', ')}
  hack/bench --write                   all rows (some 35 minutes on a quiet machine), and hack/benches/results.md anew; then node hack/docs.ts puts it into README
  hack/bench --keep                    leaves the lab standing (hack/lab down --name bench)
`;

/** What a reader must know of the machine to compare. */
function facts(runs: number): string {
	const memory = Math.round(totalmem() / 2 ** 30);
	const versions = `Node ${version}, Kubernetes ${defaultKubernetesVersion}, containerd ${artifactVersions.containerd}`;
	return `One machine for everything: ${cpus().length} cores, ${memory} GiB, Linux ${release()}; ${versions}; ${runs} runs of each side in turn (short ones several times).`;
}

async function main(): Promise<number> {
	const {values} = parseArgs({
		args: argv.slice(2),
		options: {
			runs: {type: 'string', default: '3'},
			only: {type: 'string'},
			write: {type: 'boolean', default: false},
			keep: {type: 'boolean', default: false},
			help: {type: 'boolean', default: false},
		},
	});
	const {only, write, keep} = values;
	if (values.help) {
		stdout.write(usage);
		return 0;
	}
	const runs = Number(values.runs);
	if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is a number from 1: ${values.runs}`);
	if (only !== undefined && !rows.includes(only)) throw new Error(`--only is one of ${rows.join(', ')}: ${only}`);
	if (only !== undefined && write) throw new Error('--write wants all rows, measured side by side in one run');
	await run([execPath, join(repository, 'hack/build.ts')]);
	const results: Result[] = [];
	try {
		for (const scenario of scenarios) {
			const wanted = scenario.measures.filter(({row}) => only === undefined || row === only);
			if (wanted.length === 0) continue;
			tell(wanted.map(({work}) => work).join('; '));
			results.push(...(await play(scenario, runs, (measure) => wanted.includes(measure), tell)));
		}
	} finally {
		await closeBench(keep);
	}
	const page = markdown(results, facts(runs));
	if (write) writeFileSync(file, page);
	stdout.write(`\n${table(results)}\n\n${page.slice(page.indexOf('Seconds are'))}`);
	return 0;
}

try {
	exit(await main());
} catch (error) {
	tell(`hack/bench: ${error instanceof Error ? error.message : String(error)}`);
	exit(1);
}
