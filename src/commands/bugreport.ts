/** `kubestrap bugreport`: one archive with what somebody needs who was not there, without secrets; changes nothing. */
import {closeSync, openSync, readdirSync, readFileSync, writeSync} from 'node:fs';
import {arch, platform, release} from 'node:os';
import {join, resolve} from 'node:path';
import {gzipSync} from 'node:zlib';
import {printConfig} from '../cluster/print.ts';
import {ConfigError, exitCodes} from '../errors.ts';
import type {Cluster} from '../model.ts';
import {type Member, tarOf} from '../support/archive.ts';
import {censored} from '../support/censor.ts';
import {type Collected, collectAll, findingsOf, runtimeVersion} from '../support/collect.ts';
import {readme} from '../support/readme.ts';
import {toYaml} from '../yaml.ts';
import type {Call} from './call.ts';
import type {Connect} from './first-control-plane.ts';
import {openCluster} from './open-cluster.ts';
import {secretWords} from './secret-words.ts';

/** Logs of so many runs, the newest ones. */
const runs = 5;

/** Exit 1 when a machine could not be asked: the archive is written all the same, and names it. */
export async function bugreport(call: Call, {connect}: {connect: Connect}): Promise<number> {
	const {flags, around} = call;
	const secrets = await secretWords(call);
	const cluster = await openCluster(call);
	const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
	const root = `kubestrap-bugreport-${time}`;
	const file = resolve(around.cwd, flags.outputFile ?? `${root}.tar.gz`);
	// Before the machines are asked, so that a folder that is not there is told at once. Nobody's file is written over.
	const target = openNew(file);
	try {
		const {acceptNewHostKeys} = flags;
		around.stderr.write(`asking ${cluster.nodes.length} machines\n`);
		const collected = await collectAll(cluster, connect, {signal: around.signal, acceptNewHostKeys, ...secrets.access});
		const members = [...ours(call, cluster, collected), ...collected.flatMap(theirs)];
		const clean = members.map(({name, text}) => ({name: `bugreport/${name}`, text: censored(text, secrets.values)}));
		const bytes = gzipSync(tarOf(clean));
		writeSync(target, bytes);
		const troubled = collected.filter(({trouble}) => trouble.length > 0);
		for (const {name, trouble} of troubled) around.stderr.write(`${name}: ${censored(trouble.join('; '), secrets.values)}\n`);
		const answer = {file, bytes: bytes.length, nodes: collected.map(({name}) => name), silent: troubled.map(({name}) => name)};
		if (flags.output === 'text') around.stdout.write(`${file}\n`);
		else around.stdout.write(flags.output === 'json' ? `${JSON.stringify(answer)}\n` : toYaml(answer));
		around.stderr.write('secrets are censored by their form; look into it before you give it to others\n');
		return troubled.length === 0 ? exitCodes.done : exitCodes.no;
	} finally {
		closeSync(target);
	}
}

function openNew(file: string): number {
	try {
		return openSync(file, 'wx', 0o600);
	} catch (error) {
		throw new ConfigError([
			{
				message: `${file} cannot be made: ${error instanceof Error ? error.message : String(error)}`,
				hint: 'another --output-file',
			},
		]);
	}
}

/** What this machine knows: versions, the config with all defaults, the logs of the last runs, what preflight says now. */
function ours(call: Call, cluster: Cluster, collected: readonly Collected[]): Member[] {
	const {version, env, home} = call.around;
	const versions = {kubestrap: version, node: runtimeVersion, platform: platform(), arch: arch(), release: release()};
	const logs = join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'kubestrap', 'logs');
	return [
		{name: 'README.txt', text: readme(cluster, collected, version)},
		{name: 'versions.json', text: json(versions)},
		{name: 'config.yaml', text: printConfig(cluster)},
		{name: 'findings.json', text: json(findingsOf(cluster, collected))},
		...lastLogs(logs, cluster),
	];
}

const theirs = ({name, files, facts, trouble}: Collected): Member[] => [
	...files.map((file) => ({name: `nodes/${name}/${file.name}`, text: file.text})),
	...(facts === undefined ? [] : [{name: `nodes/${name}/facts.json`, text: json(facts)}]),
	...(trouble.length === 0 ? [] : [{name: `nodes/${name}/trouble.txt`, text: `${trouble.join('\n')}\n`}]),
];

/** Of runs with this cluster: an operator may have others, which are nobody's business. */
function lastLogs(folder: string, {name: cluster}: Cluster): Member[] {
	try {
		const names = readdirSync(folder).filter((name) => name.endsWith('.log'));
		const logs = names.sort().map((name) => ({name: `runs/${name}`, text: readFileSync(join(folder, name), 'utf8')}));
		const own = logs.filter(({text}) => text.slice(0, 20_000).includes(`"cluster":${JSON.stringify(cluster)}`));
		return own.slice(-runs).map(({name, text}) => ({name, text: ending(text).map(jsonLine).join('\n')}));
	} catch {
		return [];
	}
}

/** Texts inside are censored before they are quoted: in JSON their lines are no lines any more. */
const inside = (_key: string, value: unknown): unknown => (typeof value === 'string' ? censored(value) : value);
const json = (value: unknown) => `${JSON.stringify(value, inside, '\t')}\n`;

/** The last lines of a text, whole ones: a secret in a torn one may have lost the word that gives it away. */
function ending(text: string): string[] {
	const lines = text.slice(-2_000_000).split('\n');
	return text.length > 2_000_000 ? lines.slice(1) : lines;
}

function jsonLine(line: string): string {
	try {
		return JSON.stringify(JSON.parse(line), inside);
	} catch {
		return line;
	}
}
