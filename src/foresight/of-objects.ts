/** Differences of the cluster's objects, in words and as diffs of their YAML. */
import {secretsIn} from '../steps/content.ts';
import type {StepOf} from '../steps/kind.ts';
import {toYaml} from '../yaml.ts';
import type {Look, Shown} from './difference.ts';
import type {Said} from './said.ts';
import {unified} from './unified.ts';

type Patch = {
	readonly labels?: Readonly<Record<string, string | null>>;
	readonly annotations?: Readonly<Record<string, string | null>>;
	readonly taints?: readonly {readonly key: string; readonly effect: string; readonly value?: string | null}[];
};

/** An object whose kind is Secret shows nothing but that it changes, whoever made it. */
export function object(step: StepOf<'object'>, {shown, made}: Pick<Look, 'shown' | 'made'>): Said {
	if (made && shown.is === undefined) return {change: 'change', to: 'a new secret'};
	const is = shown.is?.[0] ?? 'unknown';
	if (is === 'unknown') return {change: 'change', from: 'unknown'};
	if (step.own === 'patch') return patch(step, is, shown);
	const secret = /\/Secret\//.test(step.id) || secretsIn(step.manifest).length > 0;
	const hidden = secret ? {to: 'a secret'} : {};
	if (is === 'absent')
		return {change: 'make', from: 'absent', ...hidden, ...(secret ? {} : {diff: unified(undefined, yamlOf(step.manifest))})};
	if (secret) return {change: 'change', ...hidden};
	const whole = shown.diff ?? [];
	if (whole[0] === 'unknown' || whole.length === 0) return {change: 'change', from: 'unknown'};
	const {before, after} = sides(Buffer.from(whole.join(''), 'base64').toString('utf8'));
	const diff = unified(before, after);
	return diff === '' ? {change: 'change', to: 'noted as ours, not written'} : {change: 'change', diff};
}

function yamlOf(manifest: StepOf<'object'>['manifest']): string {
	return typeof manifest === 'string' ? toYaml(JSON.parse(manifest)) : '';
}

/** What the API counts with every change. */
const counted = /^ {2}(?:generation|resourceVersion): /;

/** Both objects, out of the one hunk of a diff that has all of their lines. */
function sides(diff: string): {before: string; after: string} {
	const lines = diff.split('\n').filter((line) => line !== '');
	const side = (sign: string) =>
		lines
			.filter((line) => line.startsWith(' ') || line.startsWith(sign))
			.map((line) => line.slice(1))
			.filter((line) => !counted.test(line))
			.map((line) => `${line}\n`)
			.join('');
	return {before: side('-'), after: side('+')};
}

/** A line for each label, annotation and taint that is not as wanted, as kubectl writes them. */
function patch({manifest}: StepOf<'object'>, is: string, shown: Shown): Said {
	if (is === 'absent') return {change: 'change', from: 'absent'};
	const {labels = {}, annotations = {}, taints = []} = JSON.parse(manifest as string) as Patch;
	const have = (front: string) => (shown.have ?? []).find((row) => row.startsWith(`${front} `))?.slice(front.length + 1);
	const values = (word: string, wanted: Readonly<Record<string, string | null>>) =>
		Object.entries(wanted).map(([key, value]) => {
			const there = have(`${word} ${key}`);
			return {name: `${word} ${key}`, from: there, to: value === null ? undefined : JSON.stringify(value)};
		});
	const rows = [
		...values('label', labels),
		...values('annotation', annotations),
		...taints.map(({key, effect, value}) => ({
			name: `taint ${key}:${effect}`,
			from: have(`taint ${key} ${effect}`)?.replace(/ ?@.*$/, ''),
			to: value === null ? undefined : `=${value ?? ''}`,
		})),
	].filter(({from, to}) => from !== to);
	const lines = rows.flatMap(({name, from, to}) => [
		...(from === undefined ? [] : [`-${name} ${from}\n`]),
		...(to === undefined ? [] : [`+${name} ${to}\n`]),
	]);
	return {change: 'change', diff: lines.join('')};
}
