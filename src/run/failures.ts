import {exitCodes, KubestrapError} from '../errors.ts';
import type {Cluster, Failure, Host, Site, Step} from '../model.ts';
import {explainApt} from '../packages/apt-words.ts';
import type {Program} from '../steps/compile.ts';
import type {Diagnose} from './options.ts';

/** What a chapter has said so far. */
export class Heard {
	phase: string | undefined;
	/** Indexes of failed steps. */
	readonly failed: number[] = [];
	readonly evidence: {readonly index: number; readonly text: string}[] = [];
}

/** Where it failed, and what helps to explain it. `clean` takes secrets and control characters out of a text. */
export type Place = {
	/** Whose walk it is; `site` is the machine that did it. */
	readonly node: string;
	readonly site: Site;
	readonly host: Host;
	readonly cluster: Cluster;
	readonly diagnose: Diagnose | undefined;
	readonly signal: AbortSignal | undefined;
	/** The machines of the run by their names: a wait on one may be for another. */
	readonly seats: ReadonlyMap<string, {readonly site: Site; readonly host: Host}>;
	readonly clean: (text: string) => string;
};

type Counted = {readonly failure: Failure; readonly exit: number};

const again = 'mend the cause, then run the same command again: it goes on where this one stopped';

/** Exit codes of a program that had to make room (src/steps/prelude.ts). The last one is the operator's own where he has pressed Ctrl-C. */
const takenBy: Readonly<Record<number, string>> = {
	75: 'another unit has the lock of this machine',
	76: 'another run has taken this machine over',
	78: 'somebody has stopped this run (`kubestrap unlock --stop`)',
};

/** The failures of a program that ended with an exit code: one for each failed step, or one for the program itself. */
export async function failuresOf(heard: Heard, rc: number, program: Program, place: Place): Promise<Counted[]> {
	const {node} = place;
	if (heard.failed.length === 0) {
		const evidence = heard.evidence.map(({text}) => text);
		const taken = Object.hasOwn(takenBy, rc) ? takenBy[rc] : undefined;
		const what = taken ?? `the program ended with ${rc}`;
		const remedy = taken === undefined ? again : 'see what the other one has done, then run the same command again';
		return [
			{
				failure: {node, phase: heard.phase ?? '', step: '', what, evidence, remedy},
				exit: taken === undefined ? exitCodes.step : exitCodes.locked,
			},
		];
	}
	return Promise.all(
		heard.failed.map(async (index) => {
			const {phase, label, step} = program.steps[index]!;
			const evidence = heard.evidence.filter((line) => line.index === index).map(({text}) => text);
			return {failure: {node, phase, step: label, ...(await explain(step, evidence, place))}, exit: exitCodes.step};
		}),
	);
}

/** What failed and what to do: read from the node when the step names a diagnosis. */
async function explain(step: Step, evidence: readonly string[], place: Place): Promise<Omit<Failure, 'node' | 'phase' | 'step'>> {
	const {diagnose, signal} = place;
	const key = step.kind === 'wait' || step.kind === 'run' ? step.diagnose : undefined;
	const remedy = (step.kind === 'run' ? step.remedy : undefined) ?? again;
	const said = step.kind === 'package' || step.kind === 'purged' ? explainApt(evidence) : undefined;
	if (said !== undefined) return {what: place.clean(said.what), evidence, remedy: said.remedy};
	const plain = {what: evidence.at(-1) ?? 'it failed and said nothing', evidence, remedy};
	if (key === undefined || diagnose === undefined || signal?.aborted) return plain;
	const own = {site: place.site, host: place.host};
	const others = diagnose.blamed(evidence).flatMap((name) => place.seats.get(name) ?? []);
	const found = await Promise.all(
		(others.length > 0 ? others : [own]).map((seat) => causeAt(seat, key, evidence, place, diagnose)),
	);
	return found.find((one) => (one?.causes ?? []).length > 0) ?? found.find((one) => one !== undefined) ?? plain;
}

/** What the catalogue says of one machine; undefined when it could not be asked. */
async function causeAt(
	{site, host}: Pick<Place, 'site' | 'host'>,
	key: string,
	evidence: readonly string[],
	{cluster, clean, site: here}: Place,
	diagnose: Diagnose,
): Promise<Omit<Failure, 'node' | 'phase' | 'step'> | undefined> {
	try {
		const output = await host.exec(['sh', '-c', diagnose.script, 'sh', ...lasted(evidence)], {deadline: 30_000});
		// What the wait itself saw last is evidence too.
		const said = `${output.stdout}\n== ${key === 'bootstrap' ? 'kubelet' : 'wait'}\n${evidence.join('\n')}\n`;
		const found = diagnose.judge(key, {...output, stdout: said}, cluster, site);
		const where = site.name === here.name ? '' : `on ${site.name} `;
		return {
			what: clean(`${where}${found.cause}`),
			evidence: [...evidence, ...found.evidence.map((line) => clean(`${where}${line}`))],
			remedy: clean(`${where === '' ? '' : `on ${site.name}: `}${found.remedy}`),
			...(found.ids.length > 0 && {causes: found.ids}),
		};
	} catch {
		return undefined;
	}
}

/** Seconds that a wait has lasted, as it says itself (src/steps/kinds/commands.ts). */
const lasted = (evidence: readonly string[]) =>
	evidence.flatMap((line) => /^(?:waited|gave up after) (\d{1,6}) s\b/.exec(line)?.[1] ?? []).slice(0, 1);

/** The failure of a chapter that did not come to an exit code: no line, no secret, no lease, or a fault of ours. */
export function breakdown(error: unknown, heard: Heard, chapter: string, {node, clean}: Place): Counted {
	const known = error instanceof KubestrapError ? error : undefined;
	const what = clean(error instanceof Error ? error.message : String(error));
	const stack = known || !(error instanceof Error) ? [] : [clean(error.stack ?? '')];
	const evidence = [...heard.evidence.map(({text}) => text), ...stack];
	const failure = {node, phase: heard.phase ?? chapter, step: '', what, evidence, remedy: known?.hint || again};
	return {failure, exit: known?.exit ?? exitCodes.bug};
}
