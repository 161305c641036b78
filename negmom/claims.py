r"""The claims ledger: what the paper and this edition assert, and what a run of this book found of it.

:data:`PAPER` states every claim of the paper once, :data:`EDITION` what this edition adds, and
:data:`CLAIMS` is both. A chapter calls :func:`check` with what it computed; whether
the statement survives as printed and as repaired follows from that evidence, and is stored in the
executed chapter, from where the ledger page and the badges read it. Evidence that contradicts the ledger raises, and
so stops the build.

Examples
--------
>>> check("thm2-step-bounds", tier="sampled", printed=True)
Theorem 2, (4), right: holds (sampled numerically)
"""

from dataclasses import asdict, dataclass

from negmom import checks

TIERS = {
    "symbolic": "derived symbolically",
    "decided": "decided over the reals",
    "proved": "proved on the page, sampled numerically",
    "sampled": "sampled numerically",
    "measured": "measured",
}
HOLDS = "holds"
CONDITION = "holds under a condition the paper omits"
FALSE = "false as printed"
NOT_REPRODUCED = "not reproduced"
FAILS = "fails in the run"
UNDECIDED = "undecided by the run"
NOT_RUN = "not run in this build"


@dataclass(frozen=True)
class Claim:
    """One assertion, of the paper or of this edition.

    Parameters
    ----------
    key : str
        Its name in the chapters and on the ledger.
    place : str
        Where it stands in the paper; for a claim of this edition, its subject.
    chapter : str
        The chapter whose cell establishes it.
    statement : str
        What is claimed, in MyST Markdown; a result of this edition that others had before cites them here.
    condition : str, optional
        What must be added for it to hold. A claim has a condition, a correction or neither.
    correction : str, optional
        What holds in its place, where it is false as printed.
    empirical : bool
        Whether an experiment decides it, so that either outcome is a result.
    """

    key: str
    place: str
    chapter: str
    statement: str
    condition: str | None = None
    correction: str | None = None
    empirical: bool = False


@dataclass(frozen=True)
class Finding:
    """What a run established of a claim: the verdict, how, and a counterexample where there is one."""

    key: str
    verdict: str
    tier: str
    counterexample: str | None = None

    def __repr__(self) -> str:
        text = f"{CLAIMS[self.key].place}: {self.verdict} ({self.tier})"
        return text + (f"\ncounterexample: {self.counterexample}" if self.counterexample else "")


class ClaimFailed(AssertionError):
    """The evidence of a run contradicts what the ledger says of a claim."""


def check(
    key: str,
    *,
    tier: str,
    printed: bool | None,
    repaired: bool | None = None,
    counterexample: str | None = None,
    scope: str | None = None,
) -> Finding:
    """Turn the evidence of a run into a verdict, store it in the executed notebook and return it.

    Parameters
    ----------
    key : str
        A key of :data:`CLAIMS`.
    tier : {"symbolic", "decided", "proved", "sampled", "measured"}
        How the evidence was obtained.
    printed : bool or None
        Whether the statement as printed survived its check. None, for an empirical claim alone: its
        experiment cannot tell or, without a `scope`, was not run.
    repaired : bool, optional
        Whether the statement with its condition, or the corrected one, survived its check.
    counterexample : str, optional
        A counterexample to the statement as printed, written out from computed values.
    scope : str, optional
        On what it was measured, written out from the records: the ledger shows it after the tier.

    Raises
    ------
    ValueError
        If `key` or `tier` is unknown, or `printed` or `repaired` is neither true nor false nor None.
    ClaimFailed
        If the evidence contradicts the ledger or itself, or a refuted statement comes without a
        counterexample.

    Examples
    --------
    >>> check("thm2-step-bounds", tier="sampled", printed=False)
    Traceback (most recent call last):
    negmom.claims.ClaimFailed: thm2-step-bounds: the statement as printed failed its check
    """
    checks.choice("key", key, CLAIMS)
    checks.choice("tier", tier, TIERS)
    for name, value in (("printed", printed), ("repaired", repaired)):
        if value not in (True, False, None):
            raise ValueError(f"{name} must be True, False or None; got {value!r}")
    claim = CLAIMS[key]
    established = TIERS[tier] + (f" on {scope}" if scope else "")
    finding = Finding(
        key, _verdict(claim, printed, repaired, counterexample, scope), established, counterexample
    )
    _store(finding)
    return finding


def _verdict(claim: Claim, printed, repaired, counterexample, scope) -> str:
    if claim.empirical:
        if printed is None:
            return UNDECIDED if scope else NOT_RUN
        if printed:
            return HOLDS
        return NOT_REPRODUCED if claim.key in PAPER else FAILS
    if printed is None:
        raise ClaimFailed(f"{claim.key}: printed must be True or False where no experiment decides; got None")
    if claim.condition is None and claim.correction is None:
        if not printed:
            raise ClaimFailed(f"{claim.key}: the statement as printed failed its check")
        if counterexample or repaired is not None:
            raise ClaimFailed(f"{claim.key}: a statement that holds has no counterexample and no repair")
        return HOLDS
    if printed or not counterexample:
        raise ClaimFailed(f"{claim.key}: the ledger repairs a statement that was not refuted")
    if not repaired:
        raise ClaimFailed(f"{claim.key}: the repaired statement failed its check")
    return CONDITION if claim.condition else FALSE


def _store(finding: Finding) -> None:
    """Glue the finding to the running notebook; outside of one there is nothing to store it in."""
    try:
        from IPython import get_ipython
        from myst_nb import glue
    except ImportError:
        return
    if get_ipython() is not None:
        glue(f"claim:{finding.key}", asdict(finding), display=False)


_GAMES, _STEP, _MOMENTUM, _GANS = "1-games", "2-step-size", "3-negative-momentum", "4-gans"
_OPTIMUM, _BILINEAR = "beyond/1-optimal-momentum", "beyond/2-bilinear"
_SPECTRUM, _MEASURED = "beyond/3-spectrum", "beyond/4-measured"
_NOISE, _PLAYERS = "beyond/5-noise", "beyond/6-players"

_PAPER = [
    # --- §1 --------------------------------------------------------------------------------------
    Claim(
        "eq1-nash",
        "§1, (1)",
        _GAMES,
        r"A local Nash equilibrium minimizes each player's loss over its own parameters; the origin "
        r"is one of $\min_\theta\max_\varphi \theta^\top A\varphi$.",
    ),
    Claim(
        "eq2-jacobian",
        "§1, (2)",
        _GAMES,
        r"The Jacobian of $v$ has the four blocks of (2), the lower left one a transposed mixed "
        r"derivative.",
    ),
    Claim(
        "eq3-fixed-points",
        "§1, (3)",
        _GAMES,
        r"If the simultaneous gradient method converges, its limit is a fixed point of $F_\eta$, "
        r"which is a zero of $v$.",
    ),
    Claim(
        "nash-positive-definite",
        "§1, after (3)",
        _GAMES,
        r"If $\nabla v(\omega^*)$ is positive definite, $\omega^*$ is a local Nash equilibrium.",
    ),
    Claim(
        "table1-simultaneous-converges",
        "Table 1, row 1",
        _GAMES,
        r"Simultaneous updates never converge on the bilinear game, whatever the momentum.",
    ),
    Claim(
        "table1-simultaneous-bounded",
        "Table 1, row 1",
        _GAMES,
        r"Simultaneous updates are never bounded on the bilinear game, whatever the momentum.",
        condition=r"$\beta\ne-1$ or $s_{\max}=\eta_\theta\eta_\varphi\sigma_{\max}^2\ge4$.",
    ),
    Claim(
        "table1-positive",
        "Table 1, row 2",
        _GAMES,
        r"Alternating updates with $\beta>0$ are unbounded, so do not converge.",
    ),
    Claim(
        "table1-zero-bounded",
        "Table 1, row 3",
        _GAMES,
        r"Alternating updates with $\beta=0$ are bounded.",
        condition=r"$s_{\max}<4$.",
    ),
    Claim(
        "table1-zero-converges",
        "Table 1, row 3",
        _GAMES,
        r"Alternating updates with $\beta=0$ do not converge.",
    ),
    Claim(
        "table1-negative-bounded",
        "Table 1, row 4",
        _GAMES,
        r"Alternating updates with $\beta<0$ are bounded.",
        condition=r"$-1<\beta$ and $s_{\max}\le4(1+\beta)^2$.",
    ),
    Claim(
        "table1-negative-converges",
        "Table 1, row 4",
        _GAMES,
        r"Alternating updates with $\beta<0$ converge.",
        condition=r"$-1<\beta<0$ and $s_{\max}<4(1+\beta)^2$; the limit is an equilibrium, not always $0$.",
    ),
    Claim(
        "only-setting",
        "§1, §5",
        _GAMES,
        r"Within the settings of Table 1, alternating updates with negative momentum are the only "
        r"ones that converge on the bilinear game.",
    ),
    Claim(
        "fig1",
        "Fig. 1",
        _GAMES,
        r"Redrawn with steps and momenta of this edition's choice, trajectories spiral outward, circle or spiral "
        r"inward as Table 1 says.",
    ),
    # --- §2 --------------------------------------------------------------------------------------
    Claim(
        "thm1",
        "Theorem 1",
        _STEP,
        r"If $\rho_{\max}=\rho(\nabla F_\eta(\omega^*))<1$, the distance to $\omega^*$ shrinks as "
        r"$\mathcal O((\rho_{\max}+\epsilon)^t)$ from nearby starts.",
    ),
    Claim(
        "small-step-contracts",
        "§2, before Theorem 2",
        _STEP,
        r"If the eigenvalues of $\nabla v(\omega^*)$ have positive real parts, those of $\nabla F_\eta$ lie "
        r"inside a circle of radius below 1 for small enough $\eta$.",
    ),
    Claim(
        "step-exists",
        "§2, before Theorem 2",
        _STEP,
        r"If the eigenvalues of $\nabla v(\omega^*)$ have positive real parts, there is an optimal step size, with a rate "
        r"$\rho_{\max}<1$.",
    ),
    Claim(
        "thm2-quadratic",
        "Theorem 2",
        _STEP,
        r"$\eta_{\text{best}}$ solves a convex, piecewise quadratic problem.",
    ),
    Claim(
        "thm2-rate-lower",
        "Theorem 2, (4), left",
        _STEP,
        r"$\max_k\sin^2\psi_k\le\rho_{\max}(\eta_{\text{best}})^2$.",
    ),
    Claim(
        "thm2-rate-upper",
        "Theorem 2, (4), middle",
        _STEP,
        r"$\rho_{\max}(\eta_{\text{best}})^2\le 1-\Re(1/\lambda_1)\,\delta$.",
    ),
    Claim(
        "thm2-step-bounds",
        "Theorem 2, (4), right",
        _STEP,
        r"$\Re(1/\lambda_1)\le\eta_{\text{best}}\le 2\Re(1/\lambda_1)$.",
    ),
    Claim(
        "thm2-particular",
        "Theorem 2, last sentence",
        _STEP,
        r"If $\eta_{\text{best}}=\Re(1/\lambda_1)$, the circle is tangent to the trajectory of $\lambda_1$, as in Fig. 2, left, and "
        r"$\rho_{\max}(\eta_{\text{best}})^2=\sin^2\psi_1$.",
        condition=r"Among the eigenvalues that tie for the smallest $\Re(1/\lambda)$, $\lambda_1$ has to be "
        r"the one with the largest $|\sin\psi|$.",
    ),
    Claim(
        "thm2-imaginary",
        "§2, after Theorem 2",
        _STEP,
        r"An almost purely imaginary eigenvalue brings the best rate arbitrarily close to 1.",
    ),
    Claim(
        "limiting-eigenvalues",
        "§2, after Theorem 2",
        _STEP,
        r"$\eta_{\text{best}}$ is fixed by one limiting eigenvalue or by several.",
    ),
    Claim(
        "fig2-left",
        "Fig. 2, left",
        _STEP,
        r"Where one tangent trajectory limits the rate, its eigenvalue is the one that passes furthest from the origin, i.e. "
        r"$\arg\min_i |\Re(\lambda_i)|/|\lambda_i|^2$.",
        correction=r"The words hold: the tangent eigenvalue has the largest distance $|\sin\psi_i|$, and "
        r"$\eta_{\text{best}}$ is its $\Re(1/\lambda_i)$. The formula after “i.e.” is another eigenvalue in general.",
    ),
    Claim(
        "fig2-right",
        "Fig. 2, right",
        _STEP,
        r"Where two trajectories cut the circle, a larger step pushes one eigenvalue out of it and a "
        r"smaller step the other.",
    ),
    # --- §3 --------------------------------------------------------------------------------------
    Claim(
        "slow-rates",
        "§3, first sentence",
        _MOMENTUM,
        r"By (4), eigenvalues with large imaginary parts can force small steps and slow convergence.",
    ),
    Claim(
        "eq5-update",
        "§3, (5)",
        _MOMENTUM,
        r"The augmented operator $F_{\eta,\beta}$ of (5) has the fixed points $(\omega^*,\omega^*)$ with "
        r"$v(\omega^*)=0$.",
    ),
    Claim(
        "eq6-jacobian",
        "§3, (6)",
        _MOMENTUM,
        r"The Jacobian of $F_{\eta,\beta}$ is (6), where the size $n$ of the blocks, not defined, is $m$.",
    ),
    Claim(
        "thm3",
        "Theorem 3, (7)",
        _MOMENTUM,
        r"The eigenvalues of $\nabla F_{\eta,\beta}(\omega^*)$ are $\mu_\pm(\beta,\eta,\lambda)$.",
        condition=r"$1-\eta\lambda+\beta\ne0$; where it vanishes, (7) is not defined and the eigenvalues are "
        r"$\pm\sqrt{-\beta}$.",
    ),
    Claim(
        "thm3-branch",
        "Theorem 3, footnote 3",
        _MOMENTUM,
        r"$\Delta^{1/2}$ is the complex root with positive real part, or $i\sqrt{-\Delta}$ for "
        r"$\Delta<0$: one value for each $\Delta$.",
    ),
    Claim(
        "small-beta",
        "§3, after Theorem 3",
        _MOMENTUM,
        r"For small $\beta$, $\Delta$ is close to 1, $\mu_+$ to $1-\eta\lambda$ and $\mu_-$ to 0.",
        condition=r"$1-\eta\lambda\ne0$ for the statement on $\Delta$.",
    ),
    Claim(
        "eq8-rho",
        "§3, (8)",
        _MOMENTUM,
        r"$\rho_{\lambda,\eta}(\beta)=\max\{|\mu_+|^2,|\mu_-|^2\}$ is the squared magnitude to minimize.",
    ),
    Claim(
        "well-suited",
        "§3, before Theorem 4",
        _MOMENTUM,
        r"A well suited $\beta$ decreases $\rho_{\lambda,\eta}$.",
        condition=r"$\Re\lambda>0$, $1-\eta\lambda\ne0$ and $\eta>0$ is not an end of the corrected $I(\lambda)$.",
    ),
    Claim(
        "thm4-interval",
        "Theorem 4, (9)",
        _MOMENTUM,
        r"$\rho'_{\lambda,\eta}(0)>0\Leftrightarrow\eta\in I(\lambda)$, with ends "
        r"$(|\lambda|\mp\Im\lambda)/(|\lambda|\Re\lambda)$.",
        correction=r"The ends are $(|\lambda|\mp|\Im\lambda|)/(|\lambda|\Re\lambda)$, and the equivalence is for "
        r"$\eta>0$ with $1-\eta\lambda\ne0$.",
    ),
    Claim(
        "thm4-particular",
        "Theorem 4, “Particularly”",
        _MOMENTUM,
        r"$\rho'_{\lambda,\Re(1/\lambda)}(0)=2\Re(\lambda)\Re(1/\lambda)>0$.",
        condition=r"$\Im\lambda\ne0$; for real $\lambda$ that step is $1/\lambda$, where $\rho$ has a kink at $\beta=0$.",
    ),
    Claim(
        "thm4-argument",
        "Theorem 4, last implication",
        _MOMENTUM,
        r"$|\mathrm{Arg}\,\lambda|\ge\pi/4\Rightarrow(\Re(1/\lambda),2\Re(1/\lambda))\subset I(\lambda)$, the interval with "
        r"$|\Im\lambda|$, as corrected above.",
    ),
    Claim(
        "one-limiting",
        "§3, after Theorem 4, case 1",
        _MOMENTUM,
        r"With one limiting eigenvalue $\lambda_1$, $\eta_{\text{best}}=\Re(1/\lambda_1)\in I(\lambda_1)$, so a small "
        r"negative momentum helps.",
        condition=r"$\Im\lambda_1\ne0$; else $\lambda_1$ is the only eigenvalue, and the radius is 0 without momentum.",
    ),
    Claim(
        "several-limiting",
        "§3, after Theorem 4, case 2",
        _MOMENTUM,
        r"With several limiting eigenvalues and a nonempty $\bigcap_k I(\lambda_k)$, a small negative momentum improves their "
        r"magnitude: at $\eta_{\text{best}}$, as in case 1.",
        condition=r"$\eta_{\text{best}}\in\bigcap_k I(\lambda_k)$, which need not be. A step that lies in it does, and with a step "
        r"tuned again the radius falls below that of $\eta_{\text{best}}$.",
    ),
    Claim(
        "best-step-in-interval",
        "§3, after Theorem 4",
        _MOMENTUM,
        r"If $|\mathrm{Arg}\,\lambda_1|>\pi/4$, then $\eta_{\text{best}}\in I(\lambda_1)$, as corrected, by (4).",
    ),
    Claim(
        "optimal-beta",
        "§3, last sentence",
        _MOMENTUM,
        r"For any non-imaginary $\lambda$ the optimal $\beta$ is negative and the optimal step larger than "
        r"$\Re(1/\lambda)$.",
        condition=r"$\Re\lambda>0$ and $\Im\lambda\ne0$; for positive $\lambda$ the optimum is $\beta=0$, "
        r"$\eta=1/\lambda$.",
    ),
    Claim(
        "eigenvalues-shift",
        "§1, §5",
        _MOMENTUM,
        r"Negative momentum can improve the rate by moving the eigenvalues into a smaller disk.",
    ),
    # --- §4 --------------------------------------------------------------------------------------
    Claim(
        "fig3-cifar10",
        "Fig. 3, left",
        _GANS,
        r"On CIFAR-10, negative values of the discriminator's $\beta$ generally give higher inception scores.",
        empirical=True,
    ),
    Claim(
        "fig3-fashion-mnist",
        "Fig. 3, right",
        _GANS,
        r"On Fashion-MNIST, negative values of the discriminator's $\beta$ generally give better samples.",
        empirical=True,
    ),
    Claim(
        "saturating-convergence",
        "Abstract",
        _GANS,
        r"Alternating updates with negative momentum make saturating GANs converge.",
        empirical=True,
    ),
    Claim(
        "slower-discriminator",
        "§4, last sentence",
        _GANS,
        r"Negative momentum slows the discriminator's learning and lets more gradient flow to the generator.",
        empirical=True,
    ),
]

_EDITION = [
    # --- 1-games -------------------------------------------------------------------------------------
    Claim(
        "pair-simultaneous",
        "Two momenta, simultaneous",
        _GAMES,
        r"For $s>0$, with $S=\beta_1+\beta_2$, simultaneous updates never converge on the bilinear game, and are bounded, motion along "
        r"the kernels of $A$ aside, exactly if $\beta_1\beta_2=1$, $-6<S\le-2$ and $-4(2+S)<s<\frac14(2-S)^2$.",
    ),
    Claim(
        "pair-alternating",
        "Two momenta, alternating",
        _GAMES,
        r"For $s>0$, with $S=\beta_1+\beta_2$ and $P=\beta_1\beta_2$, alternating updates converge on the bilinear game exactly if "
        r"$|\beta_1|,|\beta_2|<1$, $s<4(1+\beta_1)(1+\beta_2)$ and $sP<(1-P)(2P-S)$; they are bounded exactly if $\le$ holds in "
        r"the last two and $s<4(1-P)$. Convergence is decided by {cite:t}`zhang2020` too.",
    ),
    # --- 2-step-size ---------------------------------------------------------------------------------
    Claim(
        "step-envelope",
        "The best step, its form",
        _STEP,
        r"$\eta_{\text{best}}$ is the lowest point of one parabola or the crossing of two lines; for rational $\Re\lambda_k$ and "
        r"$\Im\lambda_k$ it and $\rho_{\max}(\eta_{\text{best}})^2$ are rational.",
    ),
    Claim(
        "step-bound",
        "The best step, a sharper bound",
        _STEP,
        r"$\eta_{\text{best}}\le\max_k\Re(1/\lambda_k)$, and $\eta_{\text{best}}<2\Re(1/\lambda_1)$.",
    ),
    Claim(
        "step-factor",
        "A step without search",
        _STEP,
        r"The step $\Re(1/\lambda_1)$ loses a factor of 2 at most: "
        r"$1-\rho_{\max}(\Re(1/\lambda_1))\ge\frac12(1-\rho_{\max}(\eta_{\text{best}}))$.",
    ),
    # --- 3-negative-momentum -----------------------------------------------------------------------
    Claim(
        "branch-order",
        "(8), the maximum",
        _MOMENTUM,
        r"$|\mu_+|\ge|\mu_-|$ where $1-\eta\lambda+\beta\ne0$, with equality exactly where $\Delta$ is real and $\Delta\le0$.",
    ),
    Claim(
        "disk-ellipse",
        "A disk for one eigenvalue",
        _MOMENTUM,
        r"For $R\ge\sqrt{|\beta|}$, $R>0$, both roots of $\mu^2-a\mu+\beta$ lie in $|\mu|\le R$ exactly if $a$ lies in the ellipse with "
        r"foci $\pm2\sqrt\beta$ and semi-axes $R\pm|\beta|/R$: the ellipse of {cite:t}`niethammer1983`.",
    ),
    Claim(
        "stability-region",
        "Stability for one eigenvalue",
        _MOMENTUM,
        r"For $\Re\lambda>0$ the iteration (5) contracts along $\lambda=x+iy$ exactly if $|\beta|<1$ and "
        r"$0<\eta<2x(1+\beta)(1-\beta)^2/(x^2(1-\beta)^2+y^2(1+\beta)^2)$.",
    ),
    Claim(
        "few-limiting",
        "Limiting eigenvalues",
        _MOMENTUM,
        r"Of almost every spectrum at most two eigenvalues are limiting, conjugates not counted; in one on a circle around "
        r"$1/\eta_{\text{best}}$ all are.",
    ),
    Claim(
        "sharp-angle",
        "Theorem 4, the angle",
        _MOMENTUM,
        r"$(\Re(1/\lambda),2\Re(1/\lambda))\subset I(\lambda)$, corrected, if and only if "
        r"$|\mathrm{Arg}\,\lambda|\ge\pi/6$.",
    ),
    # --- 4-gans --------------------------------------------------------------------------------------
    Claim(
        "ring-momentum",
        "The saturating ring, the message of Fig. 3",
        _GANS,
        r"On the stored ring the answer depends on the form of Adam: as the discriminator's momentum falls, the generator tends to "
        r"cover more modes with damped Adam and fewer with undamped.",
        empirical=True,
    ),
    # --- beyond/1-optimal-momentum -----------------------------------------------------------------
    Claim(
        "optimum-decided",
        "The optimum of one eigenvalue",
        _OPTIMUM,
        r"For one $\lambda$ with $\Re\lambda>0$ and $\Im\lambda\ne0$, no $\eta>0$ and $\beta$ have a radius below "
        r"$|\tan(\psi/2)|$, and $\eta=2/(|\lambda|+\Re\lambda)$, $\beta=-\tan^2(\psi/2)$ alone attain it. For the whole "
        r"segment from $\bar\lambda$ to $\lambda$ this is the classical two-step method {cite:p}`niethammer1983`.",
    ),
    Claim(
        "momentum-worth",
        "What momentum is worth",
        _OPTIMUM,
        r"One step with the optimal pair is worth $q=\tau/\log\cosh\tau$ steps with the best $\eta$ alone, "
        r"$\tau=-\log\tan(\psi/2)$, with $\max\{1,2/\tau\}<q<1+2/\tau$.",
    ),
    Claim(
        "regularized-bilinear",
        "Regularized bilinear games",
        _OPTIMUM,
        r"If $\nabla v=x\mathbf I+K$ with $x>0$ and $K\ne0$ skew-symmetric, the optimum of $x+i\|K\|$ is that of the whole "
        r"spectrum, among constant $\eta$ and $\beta$ with simultaneous updates.",
    ),
    Claim(
        "ellipse-momentum",
        "Momentum for an ellipse",
        _OPTIMUM,
        r"An ellipse with center $c$ and semi-axes $p<c$ and $q$ is served with the radius $(p+q)/(c+\sqrt{c^2-p^2+q^2})<1$ by a "
        r"momentum of the sign of $p-q$: known from linear systems {cite:p}`manteuffel1977,niethammer1983`, with Polyak's momentum "
        r"for an interval {cite:p}`polyak1964`.",
    ),
    Claim(
        "widest-step",
        "The largest stable step",
        _OPTIMUM,
        r"The momentum that allows the largest step is negative if and only if $|\psi|>\pi/6$, and for every $\psi$ and every "
        r"$\eta<8/(3\sqrt3|\lambda|)$ some momentum is stable.",
    ),
    # --- beyond/2-bilinear -------------------------------------------------------------------------
    Claim(
        "bilinear-growth",
        "Growth under simultaneous updates",
        _BILINEAR,
        r"With one momentum $|\beta|<1$, the squared radius of simultaneous updates is the one $\rho>1$ with "
        r"$s=(\rho-1)(\rho-\beta^2)(\rho-\beta)^2/(\rho(\rho+\beta)^2)$. It grows with $\beta$, and is at least $1+s$ for $\beta\ge0$ and "
        r"$1+s(1+\beta)/(1-\beta)^3$ for $\beta\le0$.",
    ),
    Claim(
        "bilinear-one-sided",
        "One momentum of minus one half",
        _BILINEAR,
        r"Alternating updates with the momenta $-\frac12$ and 0 have the squared radius at most $1-\frac29s$ for $0<s\le1$; the slope is sharp.",
    ),
    Claim(
        "bilinear-range",
        "The range that a radius allows",
        _BILINEAR,
        r"With one momentum $\beta$ and one optimism $\delta$ for both players, $|\beta|<r^2$ and $|\delta|<r$, alternating updates "
        r"have a radius of at most $r$ exactly on an interval of singular values, perhaps empty, whose ends are explicit in "
        r"$r,\beta,\delta$.",
    ),
    Claim(
        "bilinear-best-range",
        "The best momentum for a range",
        _BILINEAR,
        r"The best step and momentum for singular values within a factor $\kappa$, alternating, are explicit in the radius, and "
        r"$\kappa$ too. For $\kappa\to\infty$: $(1-r)\kappa^2\to\frac8{27}$, $\beta\to-\frac15$, $\eta\sigma_{\max}\to\frac85$.",
    ),
    Claim(
        "bilinear-one-value",
        "The best momentum for one singular value",
        _BILINEAR,
        r"It is $4\sqrt3-7$ for both players, with the radius $2\sqrt3-3$, which no two real momenta undercut.",
    ),
    Claim(
        "bilinear-two-momenta",
        "Two different momenta",
        _BILINEAR,
        r"At every $\kappa>1$ two different real momenta have a larger radius than the best equal ones, alternating, and at "
        r"$\kappa=1$ no smaller one.",
    ),
    Claim(
        "bilinear-wide-range",
        "Two momenta for a wide range",
        _BILINEAR,
        r"Different momenta do not change the constant: $(1-r)\kappa^2$ is at most $\frac8{27}$ in the limit, so negative momentum with "
        r"constant parameters does not accelerate bilinear games beyond the order $\kappa^{-2}$ of extragradient, a question of {cite:t}`shugart2025`. Convergence itself is decided by "
        r"{cite:t}`zhang2020`.",
    ),
    Claim(
        "generator-third",
        "One positive momentum",
        _BILINEAR,
        r"Alternating updates with $0<\beta_1<1$ converge for all small steps if and only if $\beta_1<\frac13$ and "
        r"$-1<\beta_2\le-\beta_1/(1-2\beta_1)$.",
    ),
    Claim(
        "generator-window",
        "A generator momentum of one half",
        _BILINEAR,
        r"With $\beta_1=\frac12$, only games with $\kappa^2<60-24\sqrt6\approx1.212$ can converge.",
    ),
    Claim(
        "extragradient-consensus",
        "Extragradient and consensus",
        _BILINEAR,
        r"On bilinear games the two have one polynomial {cite:p}`korpelevich1976,mescheder2017`. The best radius is "
        r"$\sqrt{1-\kappa^2/(1+\kappa^2)^2}$ with equal steps; with two, the infimum is $(\kappa^2-1)/(\kappa^2+1)$ and not attained. "
        r"{cite:t}`zhang2020` tuned extragradient with two steps before.",
    ),
    Claim(
        "optimistic-rates",
        "Optimistic gradients",
        _BILINEAR,
        r"$(1-r)\kappa^2$ tends to $\frac16$ for simultaneous and to $\frac49$ for alternating updates with the optimism "
        r"$\frac12$ {cite:p}`daskalakis2018`, if both players share it. For alternating updates it tends to $\frac12$ with the best "
        r"shared optimism $r/3$, and to 1 with the best optimism of one player alone, where "
        r"$r^2=(\kappa^2-1)/(\kappa^2+1)$. {cite:t}`zhang2020` tuned optimistic gradients on these games before.",
    ),
    Claim(
        "optimistic-simultaneous",
        "Optimistic gradients, simultaneous",
        _BILINEAR,
        r"With one optimism $\delta$ for both players and no momentum, the best radius of simultaneous updates is "
        r"$r=\sqrt{\delta(4\delta-1)}$ at $(\kappa+1/\kappa)^2=4(3\delta-1)(3-4\delta)^2/((4\delta-1)(1+\delta-4\delta^2))$, "
        r"$\frac12\le\delta<\frac{1+\sqrt{17}}8$; $(1-r)\kappa^2\to\frac{71-17\sqrt{17}}4\approx0.227$.",
    ),
    Claim(
        "two-optimists",
        "Two optimistic players",
        _BILINEAR,
        r"With a step and an optimism for each player and no momentum, the best radius of alternating updates is "
        r"$r=\kappa^2/(\kappa^2+2)$ for $\kappa^2\ge2$, and $r^2=(\kappa^2-1)/(2\kappa^2)$ below; it is attained, and "
        r"$(1-r)\kappa^2\to2$.",
    ),
    Claim(
        "complex-constants",
        "Complex momentum",
        _BILINEAR,
        r"With a complex momentum {cite:p}`lorraine2022` that does not change with $\kappa$, and with which small steps converge, "
        r"$(1-r)\kappa^2$ has a limit in closed form. It is at most $0.0699$ for simultaneous and $0.4890$ for alternating updates, and comes within $10^{-4}$ of both.",
    ),
    Claim(
        "bilinear-lower-bound",
        "A bound for all methods",
        _BILINEAR,
        r"No method with fixed coefficients that moves along values of $v$ and products with its Jacobian has a radius below "
        r"$\sqrt{(\kappa-1)/(\kappa+1)}$ with one evaluation of $v$ per simultaneous step, or "
        r"$(\kappa-1)/(\kappa+1)$ with two or with alternating updates. Chebyshev's argument, used for games by {cite:t}`azizian2020`.",
    ),
    Claim(
        "momentum-optimism",
        "Momentum with optimism",
        _BILINEAR,
        r"Alternating, with $\beta$ and $\delta$ shared by the players, the best is $\beta=r^2$ and $\delta=r$, with "
        r"$\kappa=(1+r)^2/(4\sqrt r(1-r))$, so $(1-r)\kappa\to1$: an order that is known to be optimal {cite:p}`azizian2020`.",
    ),
    Claim(
        "bilinear-simulated",
        "The methods side by side",
        _BILINEAR,
        r"On random rectangular games the tuned methods have the predicted radius and rate, and a search over the same parameters, at "
        r"one $\kappa$, beats none.",
    ),
    # --- beyond/3-spectrum -------------------------------------------------------------------------
    Claim(
        "spectrum-ellipse",
        "A whole spectrum, the ellipse",
        _SPECTRUM,
        r"One step and one momentum reach the radius $R<1$ for a spectrum if and only if it lies in an ellipse with "
        r"real center $C$ and semi-axes $P<C$, $Q$ with $(1+R^2)P+(1-R^2)Q\le2RC$. The ellipse is that of "
        r"{cite:t}`manteuffel1977` and {cite:t}`niethammer1983`.",
    ),
    Claim(
        "spectrum-unimodal",
        "A whole spectrum, one minimum",
        _SPECTRUM,
        r"As a function of the ratio $Q/P$ of the axes, the best radius has no local minimum but its global one, and the "
        r"best step and momentum of a spectrum are unique.",
    ),
    Claim(
        "spectrum-certificate",
        "A whole spectrum, the proof",
        _SPECTRUM,
        r"For every spectrum, weights on its eigenvalues exclude every radius below the best one; for random spectra the "
        r"certified bounds, in exact arithmetic, meet to $10^{-6}$ or better.",
    ),
    Claim(
        "spectrum-sign",
        "A whole spectrum, the sign",
        _SPECTRUM,
        r"If one or two eigenvalues limit $\eta_{\text{best}}$, weighted so that $\mathrm E|1-\eta\lambda|^2$ is stationary there, the best "
        r"momentum is negative if and only if $\mathrm E(\Im\lambda)^2$ exceeds the variance of $\Re\lambda$.",
    ),
    Claim(
        "random-games",
        "Random games",
        _SPECTRUM,
        r"For the ellipse of the elliptic law {cite:p}`sommers1988,nguyen2015`, with mean $\alpha>1+\tau$ and correlation "
        r"$\tau$, $\beta^*=\tau\eta^{*2}$, $R^*=\eta^*=2/(\alpha+\sqrt{\alpha^2-4\tau})$; the larger random games drawn come "
        r"nearer to this momentum and radius than the smaller ones.",
    ),
    Claim(
        "typical-games",
        "Typical games",
        _SPECTRUM,
        r"At the parameters drawn, every best momentum is negative in the games with a regularized discriminator and with "
        r"random curvature, and none in the random games with $\tau=\tfrac12$; a small GAN has either sign, and with the "
        r"strongest regularization or curvature drawn fewer than half of the best momenta are negative.",
        empirical=True,
    ),
    Claim(
        "monotone-games",
        "Strongly monotone games",
        _SPECTRUM,
        r"Over all eigenvalues with $\Re\lambda\ge\mu$, $|\lambda|\le L=\kappa\mu$, the best step and momentum have "
        r"$1-R=\tfrac{4}{3\sqrt3}\kappa^{-3/2}(1+O(\kappa^{-1}))$. The order is that of {cite:t}`zhang2021`.",
    ),
    # --- beyond/4-measured -------------------------------------------------------------------------
    Claim(
        "measured-arnoldi",
        "Measured spectra, the edge",
        _MEASURED,
        r"Jacobian-vector products and Arnoldi's method find the edge of the spectrum of a GAN as the dense Jacobian "
        r"has it, and all else lies in the region that the report names. {cite:t}`berard2020` measured such spectra before.",
    ),
    Claim(
        "measured-exchange",
        "Measured spectra, the exchange",
        _MEASURED,
        r"Where all directions attract, adding the eigenvalue farthest from $1/\eta_{\text{best}}$ until none lies outside "
        r"the circle gives $\eta_{\text{best}}$ of the whole spectrum from a few of its eigenvalues, to the accuracy of "
        r"Arnoldi's method and if it missed none.",
    ),
    Claim(
        "measured-slope",
        "Measured spectra, repelling directions",
        _MEASURED,
        r"If $\Re\lambda\le0$ and $\lambda\ne0$, then $\rho'_{\lambda,\eta}(0)>0$ for every $\eta>0$: a small negative "
        r"momentum of both players slows the escape of simultaneous updates, with the step of (5) held fixed.",
    ),
    Claim(
        "measured-adam",
        "Measured spectra, Adam",
        _MEASURED,
        r"With its second moments $s$ frozen, and up to $\epsilon$ and the bias corrections, which die out, Adam is (5) with "
        r"the step $\eta(1-\beta)/\sqrt s$ for each parameter if damped, and $\eta/\sqrt s$ if undamped.",
    ),
    Claim(
        "measured-repels",
        "Measured spectra, training",
        _MEASURED,
        r"At every measured point of training some eigenvalue has $\Re\lambda<0$ and is not neutral, so that no step size and no momentum "
        r"shared by the players makes the linearized simultaneous iteration contract.",
        empirical=True,
    ),
    Claim(
        "measured-theorem4",
        "Measured spectra, prediction by Theorem 4",
        _MEASURED,
        r"With SGD at a fixed step of (5), the sign of $\rho'(0)$ at the dominant eigenvalue, measured early in training, "
        r"tells better than a coin and than shuffled votes whether a negative momentum of the discriminator covers more "
        r"modes than a positive one.",
        empirical=True,
    ),
    Claim(
        "measured-theorem4-adam",
        "Measured spectra, prediction by Theorem 4, Adam",
        _MEASURED,
        r"With Adam at a fixed step of (5), its second moments frozen, that sign tells the same.",
        empirical=True,
    ),
    Claim(
        "measured-radius",
        "Measured spectra, prediction by the radius",
        _MEASURED,
        r"With SGD, the measured spectral radius of an iteration as it is run tells the same.",
        empirical=True,
    ),
    Claim(
        "measured-radius-adam",
        "Measured spectra, prediction by the radius, Adam",
        _MEASURED,
        r"With Adam, its second moments frozen, the measured spectral radius tells the same.",
        empirical=True,
    ),
    Claim(
        "measured-section4",
        "Measured spectra, Section 4's ring by Theorem 4",
        _MEASURED,
        r"On the stored ring of Section 4, with damped and undamped Adam, the sign of the derivative of Theorem 4 at the dominant "
        r"eigenvalue, measured without momentum early in training, at the step that the form of Adam holds fixed, calls for "
        r"the momenta that cover more modes, better than any call that depends on the form of Adam alone.",
        empirical=True,
    ),
    Claim(
        "measured-section4-radius",
        "Measured spectra, Section 4's ring by the radius",
        _MEASURED,
        r"On the stored ring of Section 4 the measured spectral radius of an iteration as it is run calls for the same.",
        empirical=True,
    ),
    Claim(
        "measured-images",
        "Measured spectra, Section 4's images by Theorem 4",
        _MEASURED,
        r"On the stored image grids of Section 4, Fashion-MNIST and CIFAR-10, the sign of the same derivative, measured early in training from one "
        r"batch in single precision, calls for the momenta that score higher, better than any call that depends on the form of Adam alone.",
        empirical=True,
    ),
    Claim(
        "measured-images-radius",
        "Measured spectra, Section 4's images by the radius",
        _MEASURED,
        r"On the stored image grids of Section 4 the measured spectral radius of an iteration as it is run calls for the same.",
        empirical=True,
    ),
    # --- beyond/5-noise ----------------------------------------------------------------------------
    Claim(
        "noise-variance",
        "Gradient noise, one eigenvalue",
        _NOISE,
        r"Along $\lambda=x+iy$ the stationary variance per variance of the noise is $\frac{\eta}{1-\beta}\big/\big(2x-"
        r"\eta(\frac{x^2}{1+\beta}+\frac{(1+\beta)y^2}{(1-\beta)^2})\big)$. For real $\lambda$: {cite:t}`gitman2019`.",
    ),
    Claim(
        "noise-covariance",
        "Gradient noise, a game",
        _NOISE,
        r"Where the iteration is stable, its stationary covariance solves a discrete Lyapunov equation, for every Jacobian "
        r"and noise; for normal Jacobians and isotropic noise the variances of the eigenvalues add up.",
    ),
    Claim(
        "noise-quiet",
        "Gradient noise, fixed effective step",
        _NOISE,
        r"At fixed $h=\eta/(1-\beta)$ with $h|y|<1$, $y\ne0$, the variance is smallest at $\beta=\tan(\pi/4-|\psi|)$, negative "
        r"if and only if $|\psi|>\pi/4$. That it depends on $\beta$ only in second order is known {cite:p}`tugay1989,yuan2016`.",
    ),
    Claim(
        "noise-target",
        "Gradient noise, fixed error",
        _NOISE,
        r"As the error allowed tends to 0, the best momentum, among those away from $\pm1$, tends to $(1-q)/(1+q)$ with "
        r"$q=\sqrt{2\tan^2\psi-1}$ where this is real and positive: negative if and only if $|\psi|>\pi/4$.",
    ),
    Claim(
        "noise-equation",
        "Gradient noise, one equation for a game",
        _NOISE,
        r"With $h=\eta/(1-\beta)$, $q=\frac{1-\beta}{1+\beta}$ and $\mathcal L\Gamma=J\Gamma+\Gamma J^\top$, the stationary "
        r"covariance of any game and noise solves $\mathcal L\Gamma-h\big(\frac q4\mathcal L^2\Gamma+\frac1q(J\Gamma J^\top-"
        r"\frac14\mathcal L^2\Gamma)\big)=h\Sigma$. {cite:t}`liu2021` treat momentum and a symmetric $J$.",
    ),
    Claim(
        "noise-monotone",
        "Gradient noise, a larger step",
        _NOISE,
        r"At a fixed momentum the stationary covariance of any game and noise increases with the step, as a matrix.",
    ),
    Claim(
        "noise-pair",
        "Gradient noise, a game at a fixed error",
        _NOISE,
        r"The best step and momentum of a whole game at a total variance that is allowed: the step at each momentum is "
        r"exact, the momentum is searched.",
    ),
    Claim(
        "noise-game",
        "Gradient noise, a game at a small error",
        _NOISE,
        r"As the error allowed tends to 0, the best momentum of a whole game, among those away from $\pm1$, tends to "
        r"$(1-q)/(1+q)$ with $q^2=\frac{4\operatorname{tr}D}{\operatorname{tr}\Sigma}-1+\frac{2\operatorname{tr}C}"
        r"{\operatorname{tr}\Sigma}\frac{y_0^2-x_0^2}{x_0}$ where this is positive, with $JC+CJ^\top=\Sigma$, "
        r"$JD+DJ^\top=JCJ^\top$ and the slowest eigenvalue $x_0+iy_0$.",
    ),
    Claim(
        "noise-near-one",
        "Gradient noise, momenta near 1",
        _NOISE,
        r"As $\beta\to1$ with $\eta=c(1-\beta)^2$ the error of a game tends to 0, and the number of plain steps that one step "
        r"replaces at the same error has a limit $r(c)$, in closed form. The best pair at a small error replaces "
        r"$\max\{1,\sup_cr\}$ in the limit. For one eigenvalue $x+iy$ this is more than 1 if and only if $2y^2<x^2$, and 2 for a "
        r"real one; the best of all momenta tends to $(1-q)/(1+q)$, $q=\sqrt{2\tan^2\psi-1}$, if $2y^2>x^2$, and to 1 if not. "
        r"A game that is not normal can save more than half.",
    ),
    Claim(
        "noise-alternating",
        "Gradient noise, bilinear game",
        _NOISE,
        r"With alternating updates, equal steps, $-1<\beta<0$ and $s=\eta^2\sigma^2<4(1+\beta)^2$, independent noise of variance "
        r"$\tau^2$ gives each player the variance $\frac{\tau^2}{\sigma^2}\big(1+\frac{2(1+\beta)^3}{|\beta|(4(1+\beta)^2-s)}\big)$ "
        r"along the singular value $\sigma$. Whatever the steps and the momentum, with noise of variances $\tau_\varphi^2$ and "
        r"$\tau_\theta^2$, not both 0, the sum of the two exceeds $(\tau_\varphi+\tau_\theta)^2/(2\sigma^2)$, its infimum.",
    ),
    Claim(
        "noise-alternating-quiet",
        "Gradient noise, bilinear game, fixed effective step",
        _NOISE,
        r"With equal steps and noise each player's variance exceeds $\tau^2/\sigma^2$ for every step and momentum; at fixed "
        r"$h=\eta/(1-\beta)$ with $\zeta=h^2\sigma^2<4$ it is smallest at $\beta=(1-q)/(1+q)$ with "
        r"$q=\frac13(1+\sqrt{1+12/\zeta})$. That no step removes the noise is known for extragradient {cite:p}`li2022`.",
    ),
    Claim(
        "noise-alternating-covariance",
        "Gradient noise, alternating updates",
        _NOISE,
        r"With alternating updates the noise of a round has the covariance $G\Sigma G^\top$, $G=(\mathbf I+HL)^{-1}H$, and "
        r"the stationary covariance of any stable game solves the Lyapunov equation with it.",
    ),
    Claim(
        "noise-multiplicative",
        "Multiplicative noise",
        _NOISE,
        r"With independent entries of variance $\tau^2$ added to the Jacobian, and additive noise, second moments converge "
        r"if and only if $\tau^2K<1$, where $K$ is the total variance for unit additive noise. The criterion is classical "
        r"{cite:p}`willems1971`.",
    ),
    # --- beyond/6-players --------------------------------------------------------------------------
    Claim(
        "players-verbatim",
        "n players, Theorems 3 and 4",
        _PLAYERS,
        r"With one $\eta$ and one $\beta$, Theorems 3 and 4, as corrected, hold for any number of players.",
    ),
    Claim(
        "players-determinant",
        "n players, own steps and momenta",
        _PLAYERS,
        r"The eigenvalues are the zeros of $\det((\mu-1)(\mu\mathbf I-B)+\mu H(U+\mu L))$ for alternating updates, and "
        r"of the same with $J$ for $U+\mu L$ for simultaneous ones.",
    ),
    Claim(
        "players-share",
        "n players, own momenta",
        _PLAYERS,
        r"At $\beta=0$ a simple eigenvalue has $\partial\mu/\partial\beta_i=-\tfrac{\lambda}{1-\lambda}p_i$, "
        r"$\lambda\in\mathrm{Sp}(HJ)$, with the share $p_i$ of player $i$ in its eigenvectors; $\sum_ip_i=1$.",
    ),
    Claim(
        "players-order",
        "n players, order of moves",
        _PLAYERS,
        r"The spectrum of alternating updates depends on the cyclic order of the players alone; for three players the "
        r"two cyclic orders differ in general.",
    ),
    Claim(
        "players-table",
        "Table 1, n players",
        _PLAYERS,
        r"On bilinear zero-sum polymatrix games {cite:p}`cai2016` with an invertible Jacobian, alternating updates with "
        r"$0<|\beta|<1$ have as many eigenvalues outside the disk as there are $\kappa_j>1+\beta$ if $\beta<0$ and "
        r"$\kappa_j<1+\beta$ if $\beta>0$. They converge if and only if $-1<\beta<0$ and $\Lambda<1+\beta$, and are bounded for "
        r"$\beta=0$ and $\Lambda<1$ {cite:p}`bailey2020,bailey2021`; simultaneous updates never converge.",
    ),
]

PAPER: dict[str, Claim] = {claim.key: claim for claim in _PAPER}
EDITION: dict[str, Claim] = {claim.key: claim for claim in _EDITION}
CLAIMS: dict[str, Claim] = PAPER | EDITION
