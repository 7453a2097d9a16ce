"""The beginnings of a policy: a commented text with a place for every figure that a notice prints.

What is to be filled in is `"?"` or `""`, which the reader refuses, so that `medsettle check`
points at it; behind `例：` stands what could take its place, in order.  A line that begins with
`#` and no blank is what not every policy needs.
"""

from __future__ import annotations

import json
from string import Template
from typing import Final

#: Who an example is about, and for whom it is different, by scheme: status and Chinese name.
_PEOPLE: Final = {
    "employee": (("active", "在职"), ("retired", "退休")),
    "resident": (("adult", "成年居民"), ("minor", "学生儿童")),
}
_SCHEMES: Final = {"employee": "职工基本医疗保险", "resident": "城乡居民基本医疗保险"}

_POLICY: Final = Template("""\
# 一份 medsettle 政策文件的开头。写法见 docs/policy-language.md，
# 从通知到文件的步骤见 policies/README.zh-CN.md。
#
# "?" 和 "" 等着填：medsettle check 本文件，会自上而下逐处指出，填一处少一处。
# 行末“例：”是照着能写的例子（一行几处的，依次用“；”隔开），不是任何地方的规定，填好后删去。
# 用不着的行、用不着的一节，整个删去。行首“#”后不空格的是不一定要的行和节：要用就去掉“#”。
# 写完用 medsettle fmt 排版，用 medsettle test 验算例子。

region = "$region"
scheme = "$scheme"
$title


# ──────────────── 一、文件：每个数字出自哪里 ────────────────

# rules 是自取的名字（小写字母、数字、_）；下文的 cite = "rules#第十条" 指它的条款，
# 没有条款号的只写 "rules"。有几份文件写几节。
[source.rules]
title  = ""   # 例："某市基本医疗保险办法"
issued = "?"  # 例：2022-12-01
#number = ""  # 例："某政规〔2023〕1号"
#url = ""     # 例："https://www.example.gov.cn/1.html"
#note = ""    # 例："2023-01-01 起施行；未见官方文本，数字据一处资料"


# ──────────────── 二、自己的名称和公布的数（都可以没有） ────────────────

# 词表（docs/glossary.md）里没有的类别，自己取名，右边写中文：医院等级 level、病种 disease、
# 缴费档次 tier……；item 是政策范围内另有规定的费用项目。
#[values.level]
#tertiary_special = "三级特等"

#[values.item]
#imported_implant = "进口植入材料"

# 按年龄的规定：档名 = 起始年龄，从 0 起。同样可有 [months] 连续参保月数等。
#[age]
#under_70  = 0
#age_70_up = 70

# 逐年公布、金额是它的若干倍的数：下文写 { of = "average_wage", times = 6 }。每年一节。
#[[indicator.average_wage]]
#from = "?"  # 例：2024-07-01
#yuan = "?"  # 例：134_256
#cite = "?"  # 例："rules#附则"


# ──────────────── 三、待遇：哪一类就诊，依次由谁支付 ────────────────

# inpatient 住院、outpatient 普通门诊、chronic_outpatient 门诊慢特病……，见词表 BENEFITS。
# layers 是下文各层的名字，按支付的先后；要用大额补助、医疗救助的，把 "large_amount"、
# "assistance" 按先后加进去。from 是施行日；停止施行的写 until（从那天起不再有效）。
# serves 说本文件写了谁的待遇：其余的（这里是异地就医）不结算，而不是照本地的规定算。
# 文件写了异地就医的：serves = { place = ["local", "referred", "unfiled"] }。
[[benefit.inpatient]]
from   = "?"      # 例：2023-01-01
cite   = "rules"  # 加上条款，如 "rules#第十条"
layers = ["inpatient_pooled", "serious_illness"]
serves = { place = "local" }

[[benefit.outpatient]]
from   = "?"      # 例：2023-01-01
cite   = "rules"  # 加上条款，如 "rules#第二十条"
layers = ["outpatient_pooled"]
serves = { place = "local" }


# ──────────────── 四、基本医保 ────────────────

# provenance：verified 已见官方文本，corroborated 两个来源一致，unverified 只有一个来源。
# base 是这一层拿来计算的费用：in_scope 政策范围内。
# deductible 起付线：per 是每次（visit）、每年（year）……；金额可以是一个数，可以按等级等类别，
# 也可以按当年第几次住院：amount_yuan = [1_000, 500]。第二次起打折的，在 { } 里加
# later_pct = [50]；每次少若干元的，加 each_later_minus_yuan = 100, at_least_yuan = 200。
# bands 分段：upto_yuan 是上界（元），最后一段不写；share_pct 是基金支付的百分数。分两段的：
# bands = [{ upto_yuan = 50_000, share_pct = 85 }, { share_pct = 90 }]。
# adjust 对一部分人的增减，一条一行；ceilings 封顶线：pay_yuan 限基金支付，cost_yuan 限费用。
[[layer.inpatient_pooled]]
title      = "住院统筹"
fund       = "pooled"
from       = "?"      # 例：2023-01-01
cite       = "rules"  # 加上条款，如 "rules#第十二条"
provenance = "unverified"
base       = ["in_scope"]
deductible = { per = "visit", amount_yuan = "?" }  # 例：$amounts
bands      = [{ share_pct = "?" }]                 # 例：$shares
adjust = [
  { when = { status = "$other" }, add_points_pct = "?" },  # 例：3
#{ when = { place = "referred" }, add_points_pct = "?", cite = "?" },  # 例：-5；"rules#第十五条"
#{ when = { place = "unfiled" }, add_points_pct = "?", cite = "?" },   # 例：-15；"rules#第十五条"
]
ceilings   = [{ per = "year", pay_yuan = "?" }]  # 例：400_000

# 后来的通知只改了一个数：新写一个版本，只写改了的，其余照旧。
#[[layer.inpatient_pooled]]
#amends   = "?"  # 例：2023-01-01
#from     = "?"  # 例：2025-01-01
#cite     = "?"  # 例："rules#第十二条"
#ceilings = [{ per = "year", pay_yuan = "?" }]  # 例：{ of = "average_wage", times = 6 }

[[layer.outpatient_pooled]]
title      = "普通门诊统筹"
fund       = "pooled"
from       = "?"      # 例：2023-01-01
cite       = "rules"  # 加上条款，如 "rules#第二十条"
provenance = "unverified"
base       = ["in_scope"]
deductible = { per = "year", amount_yuan = "?" }  # 例：500
bands      = [{ share_pct = "?" }]                # 例：60
ceilings   = [{ per = "year", pay_yuan = "?" }]   # 例：6_000

# 大额补助：付统筹封顶线以上的费用；在住院的 layers 里排在 inpatient_pooled 之后。
#[[layer.large_amount]]
#title      = "大额补助"
#fund       = "large_amount"
#from       = "?"  # 例：2023-01-01
#cite       = "?"  # 例："rules#第十八条"
#provenance = "?"  # 例："unverified"
#base       = ["inpatient_pooled.over_ceiling"]
#bands      = [{ share_pct = "?" }]               # 例：90
#ceilings   = [{ per = "year", pay_yuan = "?" }]  # 例：300_000


# ──────────────── 五、大病保险 ────────────────

# base：前面各层剩给个人的起付线、按比例自付、超过封顶线的部分。
# 起付金额和分段都按一年累计（per = "year"、bands_per = "year"）。
# inside_first_band：通知写“超过1万至3万”的，界线从第一元算起，写 true；
# 写“起付线以上0至2万”的，界线从起付线算起，不写（或写 false）。
[[layer.serious_illness]]
title      = "大病保险"
fund       = "serious_illness"
from       = "?"      # 例：2023-01-01
cite       = "rules"  # 加上条款，如 "rules#第三十条"
provenance = "unverified"
base       = ["deductible", "copay", "over_ceiling"]
deductible = { per = "year", amount_yuan = "?", inside_first_band = "?" }  # 例：15_000；true
bands_per  = "year"
bands = [
  { upto_yuan = "?", share_pct = "?" },  # 例：100_000；60
  {                  share_pct = "?" },  # 例：70
]

# 对困难人员的倾斜：起付线减半、比例提高，一条一节，紧跟在上面这一层之后。
#[[layer.serious_illness.adjust]]
#when             = { assistance = $poor }
#deductible_times = "?"  # 例：0.5
#cite             = "?"  # 例："rules#第三十一条"

#[[layer.serious_illness.adjust]]
#when           = { assistance = $poor }
#add_points_pct = "?"  # 例：5
#cite           = "?"  # 例："rules#第三十一条"


# ──────────────── 六、医疗救助（要用就加进住院的 layers） ────────────────

# serves 说这一层付给谁；不符合的人跳过这一层。
#[[layer.assistance]]
#title      = "医疗救助"
#fund       = "assistance"
#from       = "?"  # 例：2023-01-01
#cite       = "?"  # 例："rules#第四十条"
#provenance = "?"  # 例："unverified"
#base       = ["deductible", "copay", "over_ceiling"]
#serves     = { assistance = $poor }
#bands      = [{ share_pct = "?" }]               # 例：$aided
#ceilings   = [{ per = "year", pay_yuan = "?" }]  # 例：80_000
""")

_CASES: Final = Template("""\
# $scheme.toml 的例子，medsettle test 逐个结算，分毫不差才算通过。先填好政策，再填这里。
#
# 文件里印着的例子写 published = "文件中的编号"，自己算的写 own = true；算式写在 note 里。
# 每条界线的两边各写一个：起付线、分段、封顶线、人员类别、第一天和最后一天。
# 行首“#”后不空格的要用就去掉“#”。

[[case]]
name   = ""  # 例："$person_title，三级医院住院"
own    = true
source = ""  # 例："按办法第十二条计算"
note   = ""  # 例："(20000-1000)x85% = 16150.00；大病保险：3850 不到 15000"

[[case.claim]]
date          = "?"  # 例：2024-03-01
benefit       = "inpatient"
level         = "tertiary"
status        = "$person"
in_scope_yuan = "?"  # 例：20_000.00
expect        = { pooled_yuan = "?", cash_yuan = "?" }  # 例：16_150.00；3_850.00

# 统筹和大病保险都轮到
[[case]]
name   = ""  # 例："$other_title，三级医院住院，进入大病保险"
own    = true
source = ""  # 例："按办法第十二、三十条计算"
note   = ""  # 例："(200000-1000)x88% = 175120；(24880-15000)x60% = 5928"

[[case.claim]]
date          = "?"  # 例：2024-03-01
benefit       = "inpatient"
level         = "tertiary"
status        = "$other"
in_scope_yuan = "?"  # 例：200_000.00
expect        = { pooled_yuan = "?", serious_illness_yuan = "?" }  # 例：175_120.00；5_928.00

# 门诊两次：年度起付线只扣一次。一个 [[case]] 里的几次就诊是同一个人的，按先后。
[[case]]
name   = ""  # 例："$person_title，门诊两次"
own    = true
source = ""  # 例："按办法第二十条计算"
note   = ""  # 例："(800-500)x60% = 180；1000x60% = 600"

[[case.claim]]
date          = "?"  # 例：2024-03-01
benefit       = "outpatient"
level         = "secondary"
status        = "$person"
in_scope_yuan = "?"  # 例：800.00
expect        = { pooled_yuan = "?" }  # 例：180.00

[[case.claim]]
date          = "?"  # 例：2024-04-01
benefit       = "outpatient"
level         = "secondary"
status        = "$person"
in_scope_yuan = "?"  # 例：1_000.00
expect        = { pooled_yuan = "?" }  # 例：600.00

# 政策没有写的人不结算：写 refused，不写 expect。
#[[case]]
#name   = "异地就医不在本文件之内"
#own    = true
#source = "benefit 的 serves"

#[[case.claim]]
#date          = "?"  # 例：2024-03-01
#benefit       = "inpatient"
#level         = "tertiary"
#status        = "$person"
#place         = "unfiled"
#in_scope_yuan = "?"  # 例：20_000.00
#refused       = "no_figure"
""")

#: What is longer than a line here may be.
_LONG: Final = {
    "amounts": "{ primary = 300, secondary = 600, tertiary = 1_000 }",
    "shares": "{ primary = 92, secondary = 88, tertiary = 85 }",
    "aided": "{ extreme_poor = 100, minimum_living = 70 }",
    "poor": '["extreme_poor", "minimum_living"]',
}


def policy_skeleton(region: str, scheme: str, title: str = "") -> str:
    """Return the beginnings of a policy; without a title it is one more thing to fill in."""
    example = f'title  = ""  # 例："某市{_SCHEMES[scheme]}"'
    named = {
        "region": region,
        "scheme": scheme,
        "title": f"title  = {toml_text(title)}" if title else example,
    }
    return _filled(_POLICY, scheme, named)


def cases_skeleton(scheme: str) -> str:
    """Return the beginnings of worked examples."""
    return _filled(_CASES, scheme, {"scheme": scheme})


def toml_text(text: str) -> str:
    """Return a text in quotes as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _filled(template: Template, scheme: str, named: dict[str, str]) -> str:
    (person, person_title), (other, other_title) = _PEOPLE[scheme]
    people = {
        "person": person,
        "person_title": person_title,
        "other": other,
        "other_title": other_title,
    }
    return template.substitute(_LONG, **people, **named)
