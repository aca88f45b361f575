/** From what was looked at to what is said: one row for each kind of step. Pure. */
import type {Lock, Step} from '../model.ts';
import type {StepOf} from '../steps/kind.ts';
import {unitName} from '../steps/kinds/service.ts';
import {nameOf} from '../steps/kinds.ts';
import type {Agreed, Difference, Look} from './difference.ts';
import {masked} from './masked.ts';
import {absent, block, dir, file, line, link} from './of-files.ts';
import {object} from './of-objects.ts';
import {fetch, image, imported, maskedUnit, module, pkg, purged, rpmless, rpms, service, sysctl} from './of-things.ts';
import type {Said} from './said.ts';

const gone = (_step: Step, {shown: {path = []}}: Look): Said => ({
	change: 'remove',
	...(path.length > 0 ? {from: path.join(', ')} : {}),
});

const rows: {readonly [K in Step['kind']]: (step: StepOf<K>, look: Look, lock: Lock) => Said} = {
	file,
	dir,
	link,
	absent,
	line,
	block,
	sysctl,
	module,
	rpms,
	rpmless,
	masked: maskedUnit,
	package: pkg,
	purged,
	fetch,
	image,
	import: imported,
	service,
	object,
	wait: () => ({change: 'wait'}),
	run: () => ({change: 'run'}),
	noted: () => ({change: 'make', to: 'remembered for reset, nothing is made'}),
	undo: ({owned: {before}}) =>
		before === null ? {change: 'remove', to: 'absent, as before'} : {change: 'change', to: 'as it was before'},
	unmounted: gone,
	cleared: gone,
};

/** What differs on one node, in the order of the plan, and the units that are restarted because of it. */
export function differencesOf(looks: readonly Look[], lock: Lock): Difference[] {
	const found = looks.filter(({differs}) => differs).map((look) => differenceOf(look, lock));
	const marked = new Set(looks.filter(({differs}) => differs).flatMap(({step}) => notifies(step)));
	const said = new Set(found.filter(({kind}) => kind === 'service').map(({node, name}) => `${node} ${name}`));
	const restarts = looks.filter(
		({step, node, differs}) =>
			step.kind === 'service' &&
			!differs &&
			step.state === 'started' &&
			marked.has(unitName(step.unit)) &&
			!said.has(`${node} ${step.unit}`),
	);
	return [...found, ...restarts.map((look) => restart(look))];
}

/** Units that are marked when this step does something. What only gets its mode marks none. */
function notifies(step: Step): string[] {
	const keeps = step.kind === 'file' && typeof step.content === 'object' && 'kept' in step.content;
	return 'notify' in step && !keeps ? (step.notify ?? []).map(unitName) : [];
}

const about = ({node, phase, title, step}: Look) => ({node, phase, title, kind: step.kind, name: nameOf(step)});

const restart = (look: Look): Difference => ({
	...about(look),
	change: 'restart',
	to: 'restarted, because of the changes above',
});

function differenceOf(look: Look, lock: Lock): Difference {
	const row = rows[look.step.kind] as (step: Step, look: Look, lock: Lock) => Said;
	const {change, from, to, diff} = row(look.step, look, lock);
	const clean = (text: string | undefined) => (text === undefined ? undefined : plain(masked(text)));
	return {
		...about(look),
		change,
		...(from === undefined ? {} : {from: clean(from)!}),
		...(to === undefined ? {} : {to: clean(to)!}),
		...(diff === undefined ? {} : {diff: clean(diff)!}),
	};
}

/** Without what moves a cursor or turns the direction of text; lines and tabs stay. */
const plain = (text: string) => text.replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}|[\u2028\u2029]/gu, '\ufffd');

/** What nodes have in common is said once. Phases in their order, and within each what came first. */
export function agreed(differences: readonly Difference[], phases: readonly string[]): Agreed[] {
	const groups = new Map<string, {readonly difference: Omit<Difference, 'node'>; readonly nodes: string[]}>();
	for (const {node, ...difference} of differences) {
		const key = JSON.stringify(difference);
		const group = groups.get(key) ?? {difference, nodes: []};
		groups.set(key, group);
		if (!group.nodes.includes(node)) group.nodes.push(node);
	}
	const rank = ({difference}: {difference: {phase: string}}) => phases.indexOf(difference.phase);
	return [...groups.values()]
		.toSorted((one, other) => rank(one) - rank(other))
		.map(({difference, nodes}) => ({...difference, nodes}));
}
