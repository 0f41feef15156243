// What is asked of this program alone, as rules of oxlint (.oxlintrc.json): what may not stand where, by esquery's selectors.

/** A rule that complains, in these words, of whatever one of the selectors finds. */
const banned = (message, ...selectors) => ({
  create: (context) =>
    Object.fromEntries(selectors.map((selector) => [selector, (node) => context.report({ node, message })])),
});

const word = '/\\p{L}{2}/u';
const readOrSpoken = '/^(?:title|label|alt|placeholder|heading|aria-label|aria-description)$/';

export default {
  meta: { name: 'hopscope' },
  rules: {
    // Two languages are to come: what people read stands in strings.ts, beside the feature. Words between tags, in attributes that
    // are read or spoken, and as the name of a fact or a column.
    'words-in-strings': banned(
      'Words that people read belong into strings.ts.',
      `JSXText[value=${word}]`,
      `JSXElement > JSXExpressionContainer > :matches(Literal[value=${word}], TemplateLiteral > TemplateElement[value.raw=${word}])`,
      `JSXElement > JSXExpressionContainer > ConditionalExpression > :matches(Literal[value=${word}], TemplateLiteral > TemplateElement[value.raw=${word}])`,
      ...['> Literal', '> JSXExpressionContainer > Literal', 'ConditionalExpression > Literal'].map(
        (where) => `JSXAttribute[name.name=${readOrSpoken}] ${where}[value=${word}]`,
      ),
      `JSXAttribute[name.name=${readOrSpoken}] TemplateElement[value.raw=${word}]`,
      `JSXOpeningElement[name.name='PanelBoundary'] > JSXAttribute > Literal`,
      `Property[key.name='name'] > Literal[value=${word}]`,
    ),
    'runs-by-tier': banned(
      'Say it with runs(n) of app/testing/runs.ts, so that the full tier runs it more often.',
      "Property[key.name='numRuns']:not([value.callee.name='runs'])",
    ),
  },
};
