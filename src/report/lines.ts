/** The view without a terminal: one line per event that says something, with the node's name in front. */
import type {News} from '../model.ts';
import {narrate} from './narrate.ts';
import type {Canvas, View} from './view.ts';

// A wait or a download that takes longer than this says how far it is, and again after as long.
const progressEveryMs = 5000;

export function lines({stream, answers, board, verbose, paint, now}: Canvas): View {
	const spoke = new Map<string, number>();
	const tooSoon = ({node = '', step = ''}: News) => {
		const key = `${node} ${step}`;
		const last = spoke.get(key);
		const soon = last === undefined || now() - last < progressEveryMs;
		if (last === undefined || !soon) spoke.set(key, now());
		return soon;
	};
	return {
		show(news) {
			if (news.type === 'progress' && !verbose && tooSoon(news)) return;
			const text = narrate(news, board, {verbose, paint});
			if (text === undefined || text === '') return;
			const prefix = news.node === undefined ? '' : `${paint.bold(news.node)} | `;
			(news.type === 'check' ? answers : stream).write(
				`${text
					.split('\n')
					.map((line) => prefix + line)
					.join('\n')}\n`,
			);
		},
		end() {},
	};
}
