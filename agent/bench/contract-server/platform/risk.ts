// The platform hides what its models were unsure of on days without fire weather.

export const riskScores = ["very_low", "low", "moderate", "high", "very_high", "extreme"] as const;
export type RiskScore = (typeof riskScores)[number];

const leastConfidence: Readonly<Partial<Record<RiskScore, number>>> = { very_low: 0.6, low: 0.45 };

/** Whether a sequence of this confidence is shown on such a day. */
export function isShown(maxConfidence: number | null, risk: RiskScore): boolean {
  const least = leastConfidence[risk];
  return least === undefined || (maxConfidence !== null && maxConfidence >= least);
}
