/** Differences of sysctls, modules, packages, binaries, images and units, in words. */
import type {Lock} from '../model.ts';
import type {StepOf} from '../steps/kind.ts';
import {placesOf} from '../steps/kinds/image.ts';
import type {Look, Shown} from './difference.ts';
import type {Said} from './said.ts';

type Seen<K extends Look['step']['kind']> = (step: StepOf<K>, look: Pick<Look, 'shown'>, lock: Lock) => Said;

const first = (shown: Shown, key: string): string | undefined => shown[key]?.[0];
const is = (shown: Shown): string => first(shown, 'is')?.trim() ?? 'unknown';

export const sysctl: Seen<'sysctl'> = ({value}, {shown}) => ({change: 'change', from: is(shown), to: value});

export const module: Seen<'module'> = () => ({change: 'make', from: 'absent', to: 'loaded'});

/** `ii  kubelet 1.37.1-1.1` → name, version, held. */
const packageRow = /^(\w)(\w)\S* +(\S+) (\S*)$/;

export const pkg: Seen<'package'> = ({packages, hold}, {shown}) => {
	const rows = new Map(
		(shown.have ?? []).flatMap((row) => {
			const [, wish = '', state = '', name = '', version = ''] = packageRow.exec(row) ?? [];
			return state === 'i' ? [[name, {version, held: wish === 'h'}] as const] : [];
		}),
	);
	const different = packages.filter(({name, version}) => {
		const there = rows.get(name);
		return there === undefined || (version !== undefined && version !== there.version) || (hold && !there.held);
	});
	const was = ({name}: {name: string}) => {
		const there = rows.get(name);
		return there === undefined ? `${name} absent` : `${name} ${there.version}${there.held ? ', held' : ''}`;
	};
	const will = ({name, version = ''}: {name: string; version?: string}) =>
		`${name}${version === '' ? '' : ` ${version}`}${hold ? ', held' : ''}`;
	return {
		change: different.every(({name}) => !rows.has(name)) ? 'make' : 'change',
		from: different.map(was).join('; '),
		to: different.map(will).join('; '),
	};
};

export const purged: Seen<'purged'> = ({packages, unheld}, {shown}) => ({
	change: 'remove',
	from: is(shown) || [...packages, ...unheld].join(' '),
	to: 'absent',
});

export const fetch: Seen<'fetch'> = ({artifact, unpack, mode}, {shown}, lock) => {
	const locked = lock.binaries[artifact];
	const to = `sha256 ${locked?.sha256 ?? 'unknown'}`;
	if (unpack === undefined) {
		const [sum = ''] = (first(shown, 'sum') ?? '').split(' ');
		const [, there = '', owner = ''] = /^([0-7]+) (\S+) /.exec(is(shown)) ?? [];
		if (sum === '') return {change: is(shown) === 'absent' ? 'make' : 'change', from: is(shown), to};
		if (sum !== locked?.sha256) return {change: 'change', from: `sha256 ${sum}`, to};
		const modes = `${there.padStart(4, '0')} ${owner}`;
		const wanted = `${mode.padStart(4, '0')} root:root`;
		return modes === wanted ? {change: 'change', to: 'noted as ours, not written'} : {change: 'change', from: modes, to: wanted};
	}
	const mark = artifact.replaceAll('/', '_');
	const others = (shown.have ?? []).filter((name) => name !== mark);
	const moved = shown.moved ?? [];
	if (moved.length > 0) return {change: 'change', from: `other than laid: ${moved.join(', ')}`, to};
	return {change: others.length > 0 ? 'change' : 'make', from: others.join(', ') || 'absent', to};
};

export const image: Seen<'image'> = ({ref, from}, {shown}, lock) => {
	const locked = lock.images[ref];
	const places = locked === undefined ? [ref] : placesOf(ref, locked, from);
	return {change: present(shown) ? 'change' : 'make', from: was(ref, shown), to: `pulled from ${places.join(', else ')}`};
};

export const imported: Seen<'import'> = ({ref, config}, {shown}) => ({
	change: present(shown) ? 'change' : 'make',
	from: was(ref, shown),
	to: `${config} out of the bundle, pinned`,
});

const was = (ref: string, shown: Shown) => is(shown).replace(`${ref} `, '');
const present = (shown: Shown) => !['absent', 'unknown'].includes(is(shown));

export const service: Seen<'service'> = ({state, enabled}, {shown}) => {
	const [active = 'unknown', file = ''] = is(shown).split(' ');
	const runs = ['active', 'activating', 'reloading'].includes(active);
	const parts: [string, string][] = [];
	if ((state === 'started') !== runs) parts.push([active, state === 'started' ? 'active' : 'inactive']);
	if (enabled === true && file !== 'enabled') parts.push([file, 'enabled']);
	if (enabled === false && file === 'enabled') parts.push([file, 'disabled']);
	if (parts.length === 0)
		return {change: 'restart', from: active, to: `${first(shown, 'pending') ?? 'restart'}, still to be done`};
	return {change: 'change', from: parts.map(([one]) => one).join(', '), to: parts.map(([, one]) => one).join(', ')};
};

export const maskedUnit: Seen<'masked'> = (_step, {shown}) => ({
	change: 'change',
	from: is(shown).replace(' ', ', '),
	to: 'inactive, and it never starts',
});

export const rpms: Seen<'rpms'> = ({packages}, {shown}) => {
	const lacking = (shown.lacks ?? []).filter((name) => packages.includes(name));
	return {change: 'make', from: 'absent', to: (lacking.length > 0 ? lacking : packages).join(', ')};
};

export const rpmless: Seen<'rpmless'> = ({packages}, {shown}) => ({
	change: 'remove',
	from: shown.is === undefined ? packages.join(' ') : is(shown),
	to: 'absent, where nothing else needs it',
});
