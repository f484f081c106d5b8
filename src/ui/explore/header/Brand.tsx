// The mark and the name: two tokens drawn together, then the bend of ReLU.

export function BrandMark() {
  return (
    <svg
      width="30"
      height="18"
      viewBox="0 0 30 18"
      fill="none"
      strokeWidth="2.2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M1.5 4.5L6 9l-4.5 4.5M14.5 4.5L10 9l4.5 4.5" stroke="var(--mssa)" />
      <path d="M17.5 14H22l6.5-9.5" stroke="var(--ista)" />
    </svg>
  );
}

export function Brand() {
  return (
    <h1 className="brand">
      <BrandMark />
      CRATE <span>Explorer</span>
    </h1>
  );
}
