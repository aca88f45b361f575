/** Events as sentences, for everywhere but the live tree. */
import type {News} from '../model.ts';
import {type Board, countText, progressText} from './board.ts';
import type {Paint} from './paint.ts';
import {plain, plainLine} from './plain.ts';
import {seconds} from './seconds.ts';

/** What a finding looks like: kubeadm's `[ERROR Name]` form, evidence, then what to do. Level `ok` is a proof that holds. */
export function findingText(detail: unknown, {bad, good, warn}: Paint, took = ''): string {
	const {id, level, evidence = '', remedy = ''} = (detail ?? {}) as {readonly [key: string]: string};
	const name = plainLine(id ?? '');
	const mark = level === 'ok' ? good(`[OK ${name}]`) : level === 'error' ? bad(`[ERROR ${name}]`) : warn(`[WARNING ${name}]`);
	const [first = '', ...more] = plain(evidence).trim().split('\n');
	const below = more.map((line) => `\n    ${plainLine(line, 300)}`).join('');
	const todo = plainLine(remedy, 1000);
	return `${mark} ${plainLine(first, 1000)}${took}${below}${todo === '' ? '' : below === '' ? `; ${todo}` : `\n    ${todo}`}`;
}

/** A note, a survey's result or any other detail as text: a string as it is, an object by its `message`, else its fields. */
export function detailText(detail: unknown): string {
	if (detail === undefined || detail === null) return '';
	if (typeof detail !== 'object') return plain(typeof detail === 'string' ? detail : JSON.stringify(detail));
	const {message} = detail as {message?: unknown};
	if (typeof message === 'string') return plain(message);
	const fields = Object.entries(detail).map(
		([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
	);
	return plainLine(fields.join(', '), 1000);
}

/** The sentence for an event, or nothing when the event is not worth a line. `board` has taken the event in already. */
export function narrate(news: News, board: Board, style: {readonly verbose: boolean; readonly paint: Paint}): string | undefined {
	const {paint, verbose} = style;
	const at = news.phase === undefined ? '' : `[${news.phase}] `;
	const took = news.ms === undefined ? '' : paint.dim(` (${seconds(news.ms)})`);
	switch (news.type) {
		case 'run':
			return paint.dim(beginning(news.detail));
		case 'check':
			return findingText(news.detail, paint, took);
		case 'note':
			return at + detailText(news.detail);
		case 'survey':
			return `surveyed${news.detail === undefined ? '' : `: ${detailText(news.detail)}`}${took}`;
		case 'progress':
			return `${at}${[news.step, progressText(news.detail)].filter(Boolean).join(' ')}`;
		case 'step':
			if (news.state === 'failed') return `${at}${paint.bad('failed')} ${plainLine(news.step ?? '')}${took}`;
			return verbose ? `${at}${plainLine(news.step ?? '')}: ${news.state}${took}` : undefined;
		case 'phase': {
			if (news.state === 'started' || news.state === undefined) return verbose ? `${at}begins` : undefined;
			if (news.state === 'failed') return `${at}${paint.bad('failed')}${took}`;
			const row = board.nodes.get(news.node ?? '')?.get(news.phase ?? '');
			return `${at}${row === undefined ? news.state : countText(row)}${took}`;
		}
		default:
			return undefined;
	}
}

function beginning(detail: unknown): string {
	const {verb, version, cluster, what} = (detail ?? {}) as {readonly [key: string]: string};
	return plainLine(`kubestrap ${version}: ${verb}${cluster === undefined ? `: ${what}` : ` of cluster ${cluster}`}`);
}
