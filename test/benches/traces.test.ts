import test from 'ava';
import {differences} from '../../hack/benches/traces.ts';

test('what came and what went is a difference each, what stayed is none', (t) => {
	t.deepEqual(differences(['a 1', 'b 1', 'c 1'], ['c 1', 'a 2', 'd 1']), ['- a 1', '- b 1', '+ a 2', '+ d 1']);
	t.deepEqual(differences(['a', 'b'], ['b', 'a']), []);
});
