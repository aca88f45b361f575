import test from 'ava';
import {slots} from '../../src/host/slots.ts';

test('no more than the limit hold a place, and the queue is served in order', async (t) => {
	const places = slots(2);
	const [first, second] = [await places.take(), await places.take()];
	const order: number[] = [];
	const waiting = [1, 2].map(async (n) => {
		await places.take();
		order.push(n);
	});
	t.is(places.used, 2);
	first();
	first();
	await waiting[0];
	t.deepEqual(order, [1], 'a place that is given back twice counts once');
	second();
	await waiting[1];
	t.deepEqual(order, [1, 2]);
});

test('a server that allows fewer is believed, down to one', async (t) => {
	const places = slots(8);
	const give = await places.take();
	places.shrink();
	const second = places.take();
	t.is(places.used, 1);
	give();
	await second;
	t.is(places.used, 1);
});

test('who gives up in the queue leaves it', async (t) => {
	const places = slots(1);
	const give = await places.take();
	const stop = new AbortController();
	const waiting = places.take(stop.signal);
	stop.abort(new Error('enough'));
	await t.throwsAsync(waiting, {message: 'enough'});
	await t.throwsAsync(places.take(stop.signal), {message: 'enough'});
	give();
	(await places.take())();
	t.is(places.used, 0);
});
