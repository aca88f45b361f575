/** How what is found now differs from a plan that was saved. Pure. */
import type {Saved, SavedNode, SavedStep} from './saved.ts';

const names: Readonly<Record<string, string>> = {
	kubestrap: 'the version of kubestrap',
	cluster: 'the name of the cluster',
	config: 'the config',
	lock: 'the lock',
	bundle: 'the bundle',
	'skip-phases': '--skip-phases',
	'only-phases': '--only-phases',
};

const isDigest = (text: string) => /^[\da-f]{64}$/.test(text);

/** What is another one on the operator's side, in words; empty when all is the same. */
export function otherSettings({settings: then}: Saved, {settings: now}: Saved): string[] {
	const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])];
	const of = (settings: object, key: string) => (settings as Record<string, string>)[key] || 'none';
	return keys
		.filter((key) => of(then, key) !== of(now, key))
		.map((key) => {
			const [was, is] = [of(then, key), of(now, key)];
			return `${names[key] ?? key} is another one${isDigest(was) ? '' : `: ${was} in the plan, ${is} now`}`;
		});
}

/** At most so many steps of a node are named. */
const most = 5;

/** A line for each thing that is no longer as it was seen: `NODE: WHAT`. */
export function otherMachines(then: Saved, now: Saved): string[] {
	const before = new Map(then.nodes.map((node) => [node.node, node]));
	const lines = now.nodes.flatMap((node) => {
		const was = before.get(node.node);
		return was === undefined
			? [`${node.node}: was not part of the plan`]
			: otherNode(was, node).map((what) => `${node.node}: ${what}`);
	});
	const gone = then.nodes.filter(({node}) => !now.nodes.some((other) => other.node === node));
	const made = now.makes.filter((id) => !then.makes.includes(id));
	const unmade = then.makes.filter((id) => !now.makes.includes(id));
	return [
		...(then.recipe === now.recipe ? [] : [`the cluster: ${then.recipe} was to be done, and now it is ${now.recipe}`]),
		...lines,
		...gone.map(({node}) => `${node}: is part of the plan, and not of the cluster now`),
		...made.map((id) => `${id} would be made now, which the plan does not say`),
		...unmade.map((id) => `${id} is there by now, and the plan would make it`),
	];
}

function otherNode(was: SavedNode, is: SavedNode): string[] {
	const facts = Object.keys({...was.facts, ...is.facts}).filter((key) => was.facts[key] !== is.facts[key]);
	const said = facts.map((key) => {
		const [old = 'none', fresh = 'none'] = [was.facts[key], is.facts[key]];
		return isDigest(old) || isDigest(fresh) ? `${key}: has changed` : `${key}: was ${old}, is ${fresh}`;
	});
	const steps = otherSteps(was.steps, is.steps);
	const more = steps.length > most ? [`and ${steps.length - most} more steps`] : [];
	return [...said, ...steps.slice(0, most), ...more];
}

function otherSteps(was: readonly SavedStep[], is: readonly SavedStep[]): string[] {
	const [old, fresh] = [numbered(was), numbered(is)];
	const changed = [...fresh].flatMap(([key, [name, wants, found]]) => {
		const before = old.get(key);
		if (before === undefined) return [`${name}: would be done now, which the plan does not say`];
		if (before[1] !== wants) return [`${name}: would be made into something else than the plan says`];
		return before[2] === found ? [] : [`${name}: ${found === 'same' ? 'is as wanted by now' : 'is not as it was seen'}`];
	});
	const gone = [...old].filter(([key]) => !fresh.has(key)).map(([, [name]]) => `${name}: in the plan, and not to be done now`);
	return [...changed, ...gone];
}

/** The same name may come twice. */
function numbered(steps: readonly SavedStep[]): Map<string, SavedStep> {
	const counts = new Map<string, number>();
	return new Map(
		steps.map((step) => {
			const count = (counts.get(step[0]) ?? 0) + 1;
			counts.set(step[0], count);
			return [`${step[0]} ${count}`, step];
		}),
	);
}
