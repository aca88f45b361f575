import test from 'ava';
import {filledIn} from '../../hack/benches/settings.ts';

test('names in braces are filled in, and a name that nothing is known of is refused', (t) => {
	t.is(filledIn('a: ${NODE}, $NODE, ${not}', {NODE: 'cp1'}), 'a: cp1, $NODE, ${not}');
	t.throws(() => filledIn('${NODE}', {}), {message: /NODE/});
});
