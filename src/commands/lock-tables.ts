/** Who has what, as tables for people: a row per image or binary, a column per place. */
import {type State, states} from '../artifacts/image-verdict.ts';
import type {BinaryVerdict} from '../artifacts/lock-binaries.ts';
import type {ImageVerdict} from '../artifacts/lock-images.ts';
import {columns} from '../report/columns.ts';

/** Images that are looked for at the same places share a table; below it stands what is to be said of single ones. */
export function lockTables(images: readonly ImageVerdict[], binaries: readonly BinaryVerdict[]): string {
	const several = new Set(images.map(({platform}) => platform)).size > 1;
	const named = images.map(({ref, platform, place, state, why}) => ({
		what: several ? `${ref} (${platform})` : ref,
		place,
		state,
		why,
	}));
	const files = binaries.map(({key, place, state, why}) => ({what: key, place, state, why}));
	return [...tables('IMAGE', named), ...tables('BINARY', files)].join('\n');
}

type Cell = {readonly what: string; readonly place: string; readonly state: State; readonly why: string | undefined};

function tables(title: string, cells: readonly Cell[]): string[] {
	const rows = [...Map.groupBy(cells, ({what}) => what)];
	const alike = Map.groupBy(rows, ([, row]) => JSON.stringify(row.map(({place}) => place)));
	const said = Map.groupBy(
		cells.filter(({why}) => why !== undefined),
		({place, why}) => `${bare(place)}: ${why}`,
	);
	const notes = [...said].map(
		([note, about]) => `${note} (${about.length > 2 ? about.length : about.map(({what}) => what).join(', ')})\n`,
	);
	return [
		...[...alike.values()].map((group) =>
			columns([
				[title, ...group[0]![1].map(({place}) => bare(place))],
				...group.map(([what, row]) => [what, ...row.map(({state}) => states[state])]),
			]),
		),
		...(notes.length > 0 ? [notes.join('')] : []),
	];
}

const bare = (place: string) => place.replace(/^https?:\/\//, '');
