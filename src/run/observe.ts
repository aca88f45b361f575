import {keyOf} from '../cluster/selectors.ts';
import {StepError} from '../errors.ts';
import type {Look} from '../foresight/difference.ts';
import {splitSecret} from '../identity/secret-names.ts';
import type {Chapter, Cluster, Content, Hosts, Identity, Lock, Plan, Site, StepState} from '../model.ts';
import {compile, inputOf} from '../steps/compile.ts';
import {secretsOf} from '../steps/content.ts';
import {contextOf} from './context.ts';
import {frame} from './frames.ts';
import {Gallery} from './gallery.ts';
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
	const looks = await lookAt(plan, hosts, {...options, show: false});
	const changes = looks.filter(({differs}) => differs).map(({node, phase, label}) => ({node, phase, step: label}));
	return {changes, unchanged: looks.length - changes.length};
}

/** The same, step by step in the order of the plan; with `show` each node says what is there instead of what is wanted. */
export async function lookAt(plan: Plan, hosts: Hosts, options: Options & {readonly show: boolean}): Promise<Look[]> {
	const closing = new Map(plan.closing.map(({node, chapters}) => [node, chapters]));
	const all = plan.nodes.map(({node, chapters}) => ({node, chapters: [...chapters, ...(closing.get(node) ?? [])]}));
	const looks = await Promise.all(
		all.map(async ({node, chapters}) => {
			const machines = [...new Set(chapters.map(({at = node}) => at))];
			const parts = machines.map((machine) =>
				lookOn(
					machine,
					node,
					chapters.filter(({at = node}) => at === machine),
					hosts,
					options,
				),
			);
			return (await Promise.all(parts)).flat();
		}),
	);
	return looks.flat();
}

/** The chapters of a node that are done on one machine, which may be another's. */
async function lookOn(
	machine: string,
	node: string,
	chapters: readonly Chapter[],
	hosts: Hosts,
	options: Options & {readonly show: boolean},
): Promise<Look[]> {
	const site = options.sites.find(({name}) => name === machine);
	const host = site && (hosts.get(site.name) ?? hosts.get(keyOf(site.spec)));
	if (!site || !host) throw new StepError(`${machine}: there is no connection to this node of the plan`);
	const phases = chapters.flatMap((chapter) => chapter.phases);
	const program = compile(
		{name: 'observe', awaits: [], phases},
		contextOf(options.cluster, options.lock, site, {offline: options.offline !== undefined}),
		{show: options.show},
	);
	const states = new Map<number, StepState>();
	const gallery = new Gallery();
	let end: number | undefined;
	const listener = new Listener((word) => {
		if (word.kind === 'step') states.set(word.index, word.state);
		if (word.kind === 'shows') gallery.take(word);
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
	const isMade = (secret: string) => options.identity.items[splitSecret(secret).id]?.state === 'make';
	const titles = new Map(phases.map(({name, title}) => [name, title]));
	return program.steps.map(({phase, label, step}, index) => {
		const made = secretsOf(step).some(isMade);
		const differs = made || states.get(index) !== 'unchanged';
		return {
			node,
			phase,
			title: titles.get(phase) ?? phase,
			label,
			step,
			input: inputOf(step),
			made,
			differs,
			shown: gallery.of(index),
		};
	});
}

const publicPart = (content: Content) =>
	typeof content === 'string' ? content : content.map((part) => (typeof part === 'string' ? part : '')).join('');
