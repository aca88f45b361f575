import {mock} from 'node:test';
import test from 'ava';
import type {News} from '../../src/model.ts';
import {openBoard} from '../../src/report/board.ts';
import {signOfLife} from '../../src/report/sign-of-life.ts';

test('without news a run says what it is at, again and again; news, and the end, make it quiet', (t) => {
	mock.timers.enable({apis: ['setTimeout']});
	const board = openBoard();
	const told: string[] = [];
	const life = signOfLife(board, ({detail}: News) => {
		told.push(String(detail).replace(/\d+ s/, 'N s'));
		life.heard();
	});
	board.take({type: 'phase', node: 'cp1', phase: 'etcd', state: 'started'});
	board.take({type: 'step', node: 'cp1', phase: 'etcd', step: 'file x', state: 'started'});
	life.heard();
	mock.timers.tick(7900);
	life.heard();
	mock.timers.tick(7900);
	t.deepEqual(told, []);
	mock.timers.tick(200);
	t.deepEqual(told, ['no news for N s; at work: cp1 [etcd] file x']);
	board.take({type: 'phase', node: 'cp1', phase: 'etcd', state: 'changed', ms: 3});
	mock.timers.tick(8000);
	t.deepEqual(told.slice(1), ['no news for N s']);
	life.stop();
	mock.timers.tick(60_000);
	t.is(told.length, 2);
	mock.timers.reset();
});
