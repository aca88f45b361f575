import type {Facts} from '../model.ts';

export type Unit = {readonly id: string; readonly loaded: boolean; readonly active: string; readonly enabled: string};

/** Blocks of `systemctl show`, by unit id. */
export function readUnits(text: string): Map<string, Unit> {
	const units = new Map<string, Unit>();
	for (const block of text.split(/\n\s*\n/)) {
		const values = new Map([...block.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
		const id = values.get('Id');
		if (id === undefined) continue;
		units.set(id, {
			id,
			loaded: values.get('LoadState') === 'loaded',
			active: values.get('ActiveState') ?? '',
			enabled: values.get('UnitFileState') ?? '',
		});
	}
	return units;
}

/** kubestrap's own units: those that systemd knows, and those that left a folder in /run/kubestrap (`RC NAME` lines; `-`: no exit code yet). */
export function readRuns(units: ReadonlyMap<string, Unit>, runs: string): Facts['units'] {
	const found = new Map<string, {name: string; active: boolean; rc?: number}>();
	const bare = (id: string) => id.replace(/\.service$/, '');
	for (const {id, loaded, active} of units.values()) {
		if (id.startsWith('kubestrap-') && loaded) found.set(bare(id), {name: bare(id), active: isActive(active)});
	}
	for (const line of runs.split('\n')) {
		const [, rc = '', name = ''] = /^(\S+) (.+)$/.exec(line) ?? [];
		if (name === '') continue;
		const known = found.get(bare(name)) ?? {name: bare(name), active: false};
		found.set(bare(name), /^\d{1,3}$/.test(rc) ? {...known, rc: Number(rc)} : known);
	}
	return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

export const isActive = (state: string) => ['active', 'activating', 'deactivating', 'reloading'].includes(state);
