/** Nobody watches a run that says nothing for long: when there is no news, it says what it is at. */
import type {Tell} from '../model.ts';
import type {Board} from './board.ts';

/** Milliseconds without news after which it speaks; less than the ten seconds after which people think that something hangs. */
const quietMs = 8000;

export type SignOfLife = {
	/** There was news: it is quiet for as long again. */
	heard(): void;
	stop(): void;
};

/** Tells a note for every time that `quietMs` go by without news, from the first news on until it is stopped. */
export function signOfLife(board: Board, tell: Tell, afterMs = quietMs): SignOfLife {
	let timer: NodeJS.Timeout | undefined;
	let since = 0;
	let own = false;
	const stop = () => clearTimeout(timer);
	const heard = () => {
		if (!own) since = performance.now();
		stop();
		timer = setTimeout(speak, afterMs).unref();
	};
	const speak = () => {
		const seconds = Math.round((performance.now() - since) / 1000);
		own = true;
		tell({type: 'note', detail: `no news for ${seconds} s${atWork(board)}`});
		own = false;
		stop();
		timer = setTimeout(speak, afterMs).unref();
	};
	return {heard, stop};
}

function atWork({nodes}: Board): string {
	const running = [...nodes].flatMap(([node, phases]) =>
		[...phases.values()]
			.filter(({state}) => state === 'running')
			.map(({name, at}) => `${node} [${name}]${at === '' ? '' : ` ${at}`}`),
	);
	return running.length === 0 ? '' : `; at work: ${running.join(', ')}`;
}
