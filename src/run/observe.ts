import {keyOf} from '../cluster/selectors.ts';
import {StepError} from '../errors.ts';
import {splitSecret} from '../identity/secret-names.ts';
import type {Chapter, Cluster, Content, Hosts, Identity, Lock, Plan, Site, StepState} from '../model.ts';
import {compile} from '../steps/compile.ts';
import {secretsOf} from '../steps/content.ts';
import {contextOf} from './context.ts';
import {frame} from './frames.ts';
import {observeScript} from './scripts.ts';
import {Listener} from './words.ts';

/** What `execute` would find to do. */
export type Observation = {
	readonly changes: readonly {readonly node: string; readonly phase: string; readonly step: string}[];
	readonly unchanged: number;
};

type Options = {
	readonly cluster: Cluster;
	readonly lock: Lock;
	readonly sites: readonly Site[];
	readonly identity: Identity;
	/** As for executing. */
	readonly offline?: object | undefined;
	readonly signal?: AbortSignal | undefined;
};

/**
 * Runs the same steps, those that close the plan too, with the hands tied: no unit, no lock, no journal, nothing written. No secret travels: a file with a secret that exists
 * with its mode is taken to be right when identity keeps the secret, and is a change when it will be made. A step that cannot be looked at
 * (its tool is not there yet) is a change. Throws StepError, TransportError, ConfigError.
 */
export async function observe(plan: Plan, hosts: Hosts, options: Options): Promise<Observation> {
	const closing = new Map(plan.closing.map(({node, chapters}) => [node, chapters]));
	const all = plan.nodes.map(({node, chapters}) => ({node, chapters: [...chapters, ...(closing.get(node) ?? [])]}));
	const nodes = await Promise.all(all.map(async ({node, chapters}) => observeNode(node, chapters, hosts, options)));
	return {changes: nodes.flatMap(({changes}) => changes), unchanged: nodes.reduce((sum, {unchanged}) => sum + unchanged, 0)};
}

async function observeNode(node: string, chapters: readonly Chapter[], hosts: Hosts, options: Options): Promise<Observation> {
	const site = options.sites.find(({name}) => name === node);
	const host = site && (hosts.get(site.name) ?? hosts.get(keyOf(site.spec)));
	if (!site || !host) throw new StepError(`${node}: there is no connection to this node of the plan`);
	const phases = chapters.flatMap((chapter) => chapter.phases);
	const program = compile(
		{name: 'observe', awaits: [], phases},
		contextOf(options.cluster, options.lock, site, {offline: options.offline !== undefined}),
	);
	const states = new Map<number, StepState>();
	let end: number | undefined;
	const listener = new Listener((word) => {
		if (word.kind === 'step') states.set(word.index, word.state);
		if (word.kind === 'end') end = word.rc;
	});
	const files = program.files.map(({name, content}) => ({name, bytes: Buffer.from(publicPart(content))}));
	const stdin = frame([{name: 'program', bytes: Buffer.from(program.text)}, ...files]);
	const {signal} = options;
	const onStdout = (chunk: Buffer) => listener.feed(chunk);
	const output = await host.exec(['sh', '-c', observeScript], {
		stdin,
		deadline: 10 * 60_000,
		onStdout,
		...(signal ? {signal} : {}),
	});
	if (end !== 0) {
		throw new StepError(`${node}: looking ended with ${end ?? output.code}: ${output.stderr.trim().split('\n').at(-1) ?? ''}`, {
			hint: 'look at the machine, then run the same command again',
		});
	}
	const made = (secret: string) => options.identity.items[splitSecret(secret).id]?.state === 'make';
	const same = (index: number) => states.get(index) === 'unchanged' && !secretsOf(program.steps[index]!.step).some(made);
	const changes = program.steps.flatMap(({phase, label}, index) => (same(index) ? [] : [{node, phase, step: label}]));
	return {changes, unchanged: program.steps.length - changes.length};
}

const publicPart = (content: Content) =>
	typeof content === 'string' ? content : content.map((part) => (typeof part === 'string' ? part : '')).join('');
