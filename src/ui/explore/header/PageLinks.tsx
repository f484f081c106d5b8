// The pages as links, each to the same view: the back button returns, and a page can be opened beside this one.

import type { Page } from '../../../store/state.ts';
import { choicesOf, hashOf } from '../../../store/url.ts';
import { useApp } from '../../appContext.tsx';
import { PAGES } from '../../pages.ts';

function PageLink({ page, name }: { readonly page: Page; readonly name: string }) {
  const href = useApp((state) => hashOf(choicesOf(state), page));
  const isHere = useApp((state) => state.page === page);
  return (
    <a href={href} aria-current={isHere ? 'page' : undefined}>
      {name}
    </a>
  );
}

export function PageLinks() {
  return (
    <nav className="header-nav" aria-label="Pages">
      {PAGES.map((each) => (
        <PageLink key={each.page} {...each} />
      ))}
    </nav>
  );
}
