import ts from 'typescript';

/** Whether a value of this type may be any word: `string`, or what may hold one, but no union of known words. */
function isAnyWord(checker, type) {
  const known = checker.getBaseConstraintOfType(type) ?? type;
  if (known.isUnion()) return known.types.some((part) => isAnyWord(checker, part));
  if (known.isIntersection()) return known.types.every((part) => isAnyWord(checker, part));
  const words = ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral | ts.TypeFlags.StringMapping;
  return (known.flags & (words | ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
}

/** Conditions that hold where `node` is evaluated: tests of the `?:`, `if` and `&&` around it, as far as they are joined by `&&`. */
function* conditionsAround(node) {
  for (let child = node, { parent } = node; parent; child = parent, { parent } = parent) {
    const isTaken =
      (parent.type === 'ConditionalExpression' || parent.type === 'IfStatement') && parent.consequent === child;
    if (isTaken) yield* joined(parent.test);
    else if (parent.type === 'LogicalExpression' && parent.operator === '&&' && parent.right === child) {
      yield* joined(parent.left);
    } else if (/Function/.test(parent.type)) return;
  }
}

function* joined(test) {
  if (test.type !== 'LogicalExpression' || test.operator !== '&&') return yield test;
  yield* joined(test.left);
  yield* joined(test.right);
}

/**
 * Words from outside (names, annotation values, mistyped flags) must not index plain objects: `table['constructor']` is
 * a function, and `table['__proto__'] = value` gives the table other entries. Computed keys must be numbers, symbols or
 * of a union of literals, or the access must stand behind `Object.hasOwn(table, key)`.
 */
export const noForeignLookup = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      lookup:
        '{{key}} may be any word, such as "constructor": use a Map, or ownValue and setOwnValue of model/ownValue.ts.',
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    const checker = services.program.getTypeChecker();
    const textOf = (node) => context.sourceCode.getText(node);
    const isGuarded = (node, table, key) =>
      [...conditionsAround(node)].some(
        (test) =>
          test.type === 'CallExpression' &&
          textOf(test.callee) === 'Object.hasOwn' &&
          test.arguments.map(textOf).join() === [table, key].map(textOf).join(),
      );
    const check = (node, table, key) => {
      if (!isAnyWord(checker, services.getTypeAtLocation(key)) || isGuarded(node, table, key)) return;
      context.report({ node, messageId: 'lookup', data: { key: textOf(key) } });
    };
    return {
      'MemberExpression[computed=true]': (node) => check(node, node.object, node.property),
      'BinaryExpression[operator="in"]': (node) => {
        if (node.left.type !== 'PrivateIdentifier') check(node, node.right, node.left);
      },
      'ObjectPattern > Property[computed=true]': (node) => check(node, node.parent, node.key),
    };
  },
};
